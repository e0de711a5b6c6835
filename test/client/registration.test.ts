import {describe, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {
  acceptRegistrationRequest,
  createRegistrationRequest,
} from '../../src/client/registration.ts';
import {addressOf, nodeIdOf} from '../../src/crypto/ids.ts';
import {toAddress, toChainId, toHash} from '../../src/protocol/bytes.ts';
import {RegistrationRequest} from '../../src/protocol/chain/register-service-node.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {kemKeyOf, signerOf} from './keys.ts';

const chain = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(7))};
const node = signerOf(1);
const owner = addressOf(signerOf(2).publicKey);
const hashChainTip = toHash(new Uint8Array(32).fill(5));
const request = createRegistrationRequest(
  {chain, owner, encryptionKey: kemKeyOf(1), hashChainTip},
  node,
);

function problemOf(changed: RegistrationRequest, as = owner): string | undefined {
  try {
    acceptRegistrationRequest(changed, {chain, owner: as, stake: 1n});
    return undefined;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return `${error.code}: ${error.details['problem']}`;
  }
}

describe('registration request', () => {
  it('survives its file and becomes the transaction’s body', () => {
    const read = decode(RegistrationRequest, encode(RegistrationRequest, request));
    const body = acceptRegistrationRequest(read, {chain, owner, stake: 100n});
    expect(body).toEqual({
      nodeId: nodeIdOf(chain.chainId, node.publicKey),
      signatureScheme: 0x42,
      publicKey: node.publicKey,
      kemScheme: 0x01,
      encryptionKey: kemKeyOf(1),
      hashChainTip,
      stake: 100n,
      consent: request.consent,
    });
  });

  it('is refused for another chain, by another owner and with anything changed', () => {
    const other = toHash(new Uint8Array(32).fill(6));
    expect(problemOf(request)).toBeUndefined();
    expect(problemOf({...request, networkId: 1})).toContain('another chain');
    expect(problemOf({...request, chainId: toChainId(other)})).toContain('another chain');
    expect(problemOf(request, toAddress(new Uint8Array(20)))).toContain('another owner');
    expect(problemOf({...request, hashChainTip: other})).toContain('did not sign');
    expect(problemOf({...request, encryptionKey: kemKeyOf(2)})).toContain('did not sign');
    expect(problemOf({...request, publicKey: signerOf(3).publicKey})).toContain('did not sign');
  });
});
