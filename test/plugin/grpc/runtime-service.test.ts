import {describe, expect, it} from 'vitest';
import {serviceDefinition} from '../../../src/plugin/grpc/definitions.ts';
import {encodeAnnounced} from '../../../src/plugin/grpc/runtime-service.ts';
import {bytesToHex} from '../../../src/protocol/bytes.ts';

const {requestSerialize} = serviceDefinition('vm.runtime.Runtime')['Initialize']!;

describe('the announcement', () => {
  it.each([
    [45, '082d120f3132372e302e302e313a3132333435'],
    [42, '082a120f3132372e302e302e313a3132333435'],
  ])('has the bytes of the golden vector for protocol %d', (protocolVersion, hex) => {
    expect(bytesToHex(encodeAnnounced({protocolVersion, addr: '127.0.0.1:12345'}))).toBe(hex);
  });

  it.each([1, 127, 128, 300, 16_384, 99_999])(
    'agrees with the loader of proto/ for %d',
    (protocolVersion) => {
      const announced = {protocolVersion, addr: `${'a'.repeat(protocolVersion % 300)}:1`};
      expect(encodeAnnounced(announced)).toEqual(requestSerialize(announced));
    },
  );
});
