import {describe, expect, it} from 'vitest';
import {fromWire, toWire} from '../../../src/plugin/grpc/convert.ts';
import {serviceDefinition} from '../../../src/plugin/grpc/definitions.ts';
import {MetricType, NodeState, VMError, VMEvent} from '../../../src/plugin/messages.ts';
import {bytesToHex, utf8ToBytes} from '../../../src/protocol/bytes.ts';

const ID = Uint8Array.from({length: 32}, (_, index) => index + 1);
const ID_HEX = bytesToHex(ID);
const ZEROS = new Uint8Array(32);
const NODE = ID.subarray(0, 20);
const EMPTY = new Uint8Array();
/** 2026-01-01T00:00:00Z. */
const T = 1_767_225_600_000n;

const VM = serviceDefinition('vm.VM');
const DATABASE = serviceDefinition('rpcdb.Database');
const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** Golden vectors of host-protocol §7.2: [method, what the plugin answers, bytes]. */
const ANSWERS: readonly (readonly [string, object, string])[] = [
  ['BlockVerify', {timestamp: 0n}, '0a00'],
  ['BlockVerify', {timestamp: T}, '0a060880f2d6ca06'],
  [
    'Initialize',
    {
      lastAcceptedId: ID,
      lastAcceptedParentId: ZEROS,
      height: 0n,
      bytes: Uint8Array.of(0),
      timestamp: 0n,
    },
    `0a20${ID_HEX}1220${bytesToHex(ZEROS)}2201002a00`,
  ],
  [
    'ParseBlock',
    {id: ID, parentId: ZEROS, height: 7n, timestamp: T, verifyWithContext: false},
    `0a20${ID_HEX}1220${bytesToHex(ZEROS)}20072a060880f2d6ca06`,
  ],
  [
    'GetBlock',
    {parentId: EMPTY, bytes: EMPTY, height: 0n, verifyWithContext: false, err: VMError.NOT_FOUND},
    '3002',
  ],
  ['GetBlockIDAtHeight', {blkId: EMPTY, err: VMError.NOT_FOUND}, '1002'],
  ['GetBlockIDAtHeight', {blkId: ZEROS, err: VMError.NOT_FOUND}, `0a20${bytesToHex(ZEROS)}1002`],
  [
    'GetLastStateSummary',
    {id: EMPTY, height: 0n, bytes: EMPTY, err: VMError.STATE_SYNC_NOT_IMPLEMENTED},
    '2003',
  ],
  ['WaitForEvent', {message: VMEvent.BUILD_BLOCK}, '0801'],
  [
    'CreateHandlers',
    {handlers: [{prefix: '/rpc', serverAddr: '127.0.0.1:40001'}]},
    '0a170a042f727063120f3132372e302e302e313a3430303031',
  ],
];

/** The same for what the node asks: [method, bytes, what a handler gets]. */
const REQUESTS: readonly (readonly [string, string, object])[] = [
  ['BuildBlock', '', {}],
  ['BuildBlock', '0800', {pChainHeight: 0n}],
  ['BuildBlock', '08ac02', {pChainHeight: 300n}],
  ['SetState', '0803', {state: NodeState.NORMAL_OP}],
  [
    'AppRequestFailed',
    '0a140102030405060708090a0b0c0d0e0f101112131410051801220974696d6564206f7574',
    {
      nodeId: new Uint8Array(NODE),
      requestId: 5,
      errorCode: -1,
      errorMessage: 'timed out',
    },
  ],
];

describe('golden vectors of vm.VM', () => {
  it.each(ANSWERS)('%s answers %o as %s', (method, answer, hex) => {
    expect(bytesToHex(VM[method]!.responseSerialize(toWire(answer)))).toBe(hex);
    const decoded = fromWire(VM[method]!.responseDeserialize(fromHex(hex)));
    expect(bytesToHex(VM[method]!.responseSerialize(toWire(decoded)))).toBe(hex);
  });

  it.each(REQUESTS)('%s reads %s as %o', (method, hex, request) => {
    const decoded = VM[method]!.requestDeserialize(fromHex(hex));
    expect(fromWire(decoded)).toMatchObject(request);
    expect(bytesToHex(VM[method]!.requestSerialize(decoded))).toBe(hex);
  });

  it('tells an absent P-chain height from height 0', () => {
    for (const method of ['BuildBlock', 'BlockVerify']) {
      const read = (hex: string) => fromWire(VM[method]!.requestDeserialize(fromHex(hex)));
      expect(read('')).not.toHaveProperty('pChainHeight');
      expect(read(method === 'BuildBlock' ? '0800' : '1000')).toHaveProperty('pChainHeight', 0n);
    }
  });

  it('has the bytes of rpcdb', () => {
    const batch = {
      puts: [{key: utf8ToBytes('a'), value: utf8ToBytes('1')}],
      deletes: [{key: utf8ToBytes('b')}],
    };
    const bytes = DATABASE['WriteBatch']!.requestSerialize(batch);
    expect(bytesToHex(bytes)).toBe('0a060a016112013112030a0162');
    expect(DATABASE['Get']!.responseDeserialize(fromHex('1002'))).toMatchObject({err: 2});
  });
});

describe('between the wire and messages.ts', () => {
  it('reads the whole range of 64-bit numbers and of instants', () => {
    const height = VM['GetBlockIDAtHeight']!.requestDeserialize(fromHex('08ffffffffffffffffff01'));
    expect(fromWire(height)).toEqual({height: 2n ** 64n - 1n});
    // Go's zero time.
    const request = VM['AppRequest']!.requestDeserialize(fromHex('1a0b088092b8c398feffffff01'));
    expect(fromWire(request)).toMatchObject({deadline: -62_135_596_800_000n});
  });

  it('keeps no view of the receive buffer', () => {
    const received = fromHex(`0a20${ID_HEX}`);
    const {id} = fromWire(VM['GetBlock']!.requestDeserialize(received));
    received.fill(0);
    expect(id).toEqual(ID);
    expect((id as Uint8Array).buffer.byteLength).toBe(32);
  });

  it('sends the zeros of metrics, which are proto2, and no others', () => {
    const family = {
      name: 'm',
      help: '',
      type: MetricType.COUNTER,
      metric: [{label: [], counter: {value: 0}}],
    };
    const bytes = VM['Gather']!.responseSerialize(toWire({metricFamilies: [family]}));
    expect(bytesToHex(bytes)).toBe('0a140a016d12001800220b1a09090000000000000000');
    const enabled = {enabled: false, err: VMError.NONE};
    expect(VM['StateSyncEnabled']!.responseSerialize(toWire(enabled))).toHaveLength(0);
  });

  it('keeps empty items of a list', () => {
    const blksBytes = [Uint8Array.of(1), EMPTY, Uint8Array.of(2)];
    const bytes = VM['GetAncestors']!.responseSerialize(toWire({blksBytes}));
    expect(bytesToHex(bytes)).toBe('0a01010a000a0102');
  });
});
