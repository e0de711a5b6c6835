import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {
  bytesToHex,
  type Hash,
  toChainId,
  toKemPublicKey,
  toNodeId,
} from '../../../src/protocol/bytes.ts';
import type {Evidence} from '../../../src/protocol/chain/evidence.ts';
import {MaintenanceOrder} from '../../../src/protocol/chain/maintenance.ts';
import {KeyRevocation} from '../../../src/protocol/chain/revoke-transport-key.ts';
import {KeyRotation} from '../../../src/protocol/chain/rotate-transport-key.ts';
import type {StoredSet} from '../../../src/protocol/chain/storage-commitment.ts';
import {Tx, UnsignedTx} from '../../../src/protocol/chain/tx.ts';
import {type Codec, decode, encode} from '../../../src/protocol/codec.ts';
import {CodecError} from '../../../src/protocol/errors.ts';
import type {InlineKeys} from '../../../src/vm/inline-keys.ts';
import {MEMPOOL_LIMITS, Mempool} from '../../../src/vm/mempool.ts';
import {type ParsedTx, parseTx, signedBytes} from '../../../src/vm/parsed-tx.ts';
import {signatureSetsOf} from '../../../src/vm/signature-sets.ts';
import {ACCOUNT_TX_TYPES, DUTY_TX_TYPES} from '../../../src/vm/txs/registry.ts';
import {type Driver, fakeKey, seal, testAccount, testNode} from '../driver.ts';
import {EMPTY_SET} from '../fixtures.ts';
import {EVIDENCE_REFUSALS, ORDER_REFUSALS, STAKE_REFUSALS} from './node-refusals.ts';
import {
  fresh,
  inAnswers,
  inRoundA,
  inRoundB,
  inSecondRoundA,
  NEWCOMER,
  NODES,
  OWNER,
  PAUPER,
  registered,
  STRANGER,
  unbonded,
} from './situations.ts';
import {changed, codeOf, on, type Row, refusal, row, stateAfter} from './trials.ts';

const HASH = new Uint8Array(32).fill(9) as Hash;
const MAX_U64 = 2n ** 64n - 1n;
const FULL_SET = {root: HASH, recordCount: 1n, chunkCount: 1n, bytes: 10n};

/** One good transaction of every kind: a kind without a row fails the suite. */
const GOOD: Readonly<
  Record<keyof typeof ACCOUNT_TX_TYPES | keyof typeof DUTY_TX_TYPES, () => [Driver, ParsedTx]>
> = {
  transfer: () => {
    const driver = fresh();
    return [driver, driver.transfer(OWNER, STRANGER.address, 5n)];
  },
  registerServiceNode: () => {
    const driver = fresh();
    return [driver, driver.register(OWNER, NEWCOMER)];
  },
  deregisterServiceNode: () => {
    const driver = registered();
    return [driver, driver.deregister(OWNER, NODES[0]!)];
  },
  addStake: () => {
    const driver = registered();
    return [driver, driver.addStake(OWNER, NODES[0]!, 5n)];
  },
  withdrawStake: () => {
    const driver = unbonded();
    return [driver, driver.withdraw(OWNER, NODES[0]!)];
  },
  rotateTransportKey: () => {
    const driver = registered();
    return [driver, driver.rotate(STRANGER, NODES[0]!, 1, HASH)];
  },
  revokeTransportKey: () => {
    const driver = registered();
    return [driver, driver.revoke(STRANGER, NODES[0]!, 0)];
  },
  maintenance: () => {
    const driver = inRoundA();
    return [driver, driver.maintain(STRANGER, NODES[0]!, 3n, 12)];
  },
  evidence: () => {
    const driver = inRoundA();
    return [driver, driver.evidence(STRANGER, NODES[0]!)];
  },
  lossClaim: () => {
    const driver = fresh();
    return [driver, driver.claim(OWNER)];
  },
  lossAnswer: () => {
    const driver = fresh();
    return [driver, driver.answerClaim(OWNER)];
  },
  storageCommitment: () => {
    const driver = inRoundA();
    return [driver, driver.commit(NODES[0]!)];
  },
  uptimeResponse: () => {
    const driver = inAnswers();
    return [driver, driver.answer(NODES[0]!)];
  },
};

const REGISTERED = Object.keys({...ACCOUNT_TX_TYPES, ...DUTY_TX_TYPES});
/** Kinds whose format is fixed and whose rules come later. */
const RESERVED = ['lossClaim', 'lossAnswer'];

it('has every type id that the codec knows', () => {
  const known = Array.from({length: 64}, (_, typeId) => {
    try {
      decode(UnsignedTx, Uint8Array.of(0, 0, 0, 0, 0, typeId));
    } catch (error) {
      if (error instanceof CodecError && error.code === 'CODEC_UNKNOWN_TYPE') return undefined;
    }
    return typeId;
  }).filter((typeId) => typeId !== undefined);
  expect(known).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17]);
  expect(REGISTERED).toHaveLength(known.length);
  expect(Object.keys(GOOD).toSorted()).toEqual(REGISTERED.toSorted());
});

describe.each(RESERVED)('%s', (kind) => {
  it('has its format, and is refused', () => {
    const [driver, tx] = GOOD[kind as keyof typeof GOOD]();
    expect(tx.tx.unsigned.type).toBe(kind);
    expect(encode(Tx, decode(Tx, tx.bytes))).toEqual(tx.bytes);
    expect(refusal(driver, tx)).toBe('TX_KIND_RESERVED');
  });
});

describe.each(REGISTERED.filter((kind) => !RESERVED.includes(kind)))('%s', (kind) => {
  const good = GOOD[kind as keyof typeof GOOD];

  it('has a row in the matrix, round trips and is accepted', () => {
    const [driver, tx] = good();
    expect(tx.tx.unsigned.type).toBe(kind);
    expect(encode(Tx, decode(Tx, tx.bytes))).toEqual(tx.bytes);
    expect(refusal(driver, tx)).toBeUndefined();
    expect(driver.block(driver.now + 50n, [tx]).txs.map(({id}) => id)).toEqual([tx.id]);
  });

  it('takes effect once', () => {
    const [driver, tx] = good();
    driver.block(driver.now + 50n, [tx]);
    expect(refusal(driver, tx)).toMatch(/^TX_(WRONG_NONCE|DUPLICATE_DUTY)$/);
  });

  it.each([
    ['another network', {networkId: 1}],
    ['another chain', {chainId: toChainId(new Uint8Array(32).fill(1))}],
  ])('is refused on %s', (_what, header) => {
    const [driver, tx] = good();
    expect(refusal(driver, changed(tx, header))).toBe('TX_WRONG_CHAIN');
  });

  it.each([0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, MAX_U64])(
    'survives %d in every number of its header',
    (hostile) => {
      const [driver, tx] = good();
      for (const field of ['nonce', 'fee', 'expiryHeight', 'epoch']) {
        if (!(field in tx.tx.unsigned.value)) continue;
        const code = refusal(driver, changed(tx, {[field]: hostile}));
        expect(code === undefined || code.startsWith('TX_')).toBe(true);
      }
    },
  );
});

const REFUSALS: readonly Row[] = [
  ...STAKE_REFUSALS,
  ...ORDER_REFUSALS,
  ...EVIDENCE_REFUSALS,
  row(
    'TX_FEE_TOO_LOW',
    'the fee is one unit short',
    on(
      () => fresh({preset: 'lux'}),
      (d) => changed(d.transfer(OWNER, STRANGER.address, 1n), {fee: 999n}),
    ),
  ),
  row(
    'TX_KEY_MISSING',
    'a first transaction comes without its key',
    on(fresh, (d) => seal(d.transfer(OWNER, STRANGER.address, 1n).tx.unsigned)),
  ),
  row(
    'TX_KEY_UNEXPECTED',
    'a later one brings the key again',
    on(registered, (d) => seal(d.transfer(OWNER, STRANGER.address, 1n).tx.unsigned, OWNER.key)),
  ),
  row(
    'TX_KEY_UNEXPECTED',
    'a duty brings a key',
    on(inRoundA, (d) => seal(d.commit(NODES[0]!).tx.unsigned, NODES[0]!.key)),
  ),
  row(
    'TX_KEY_MISMATCH',
    'the key is of another account',
    on(fresh, (d) => seal(d.transfer(OWNER, STRANGER.address, 1n).tx.unsigned, STRANGER.key)),
  ),
  row(
    'TX_EXPIRED',
    'its last height has passed',
    on(registered, (d) => changed(d.transfer(OWNER, STRANGER.address, 1n), {expiryHeight: 1n})),
  ),
  row(
    'TX_WRONG_NONCE',
    'a nonce is left out',
    on(registered, (d) => changed(d.transfer(OWNER, STRANGER.address, 1n), {nonce: 9n})),
  ),
  row(
    'TX_INSUFFICIENT_BALANCE',
    'the amount is one unit above the balance',
    on(fresh, (d) => d.transfer(OWNER, STRANGER.address, 1_000_000_000_001n)),
  ),
  row(
    'TX_INSUFFICIENT_BALANCE',
    'the fee alone is above the balance',
    on(
      () => fresh({preset: 'lux'}),
      (d) => d.transfer(PAUPER, STRANGER.address, 1n),
    ),
  ),
  row(
    'TX_INSUFFICIENT_BALANCE',
    'the stake is above the balance',
    on(fresh, (d) => d.register(OWNER, NEWCOMER, 2n ** 63n)),
  ),
  row(
    'TX_AMOUNT_ZERO',
    'nothing is sent',
    on(fresh, (d) => d.transfer(OWNER, STRANGER.address, 0n)),
  ),
  row(
    'TX_STAKE_BELOW_MINIMUM',
    'the stake is one unit short',
    on(fresh, (d) => d.register(OWNER, NEWCOMER, 99_999_999n)),
  ),
  row(
    'TX_NODE_ID_MISMATCH',
    'the id is of another key',
    on(fresh, (d) => changed(d.register(OWNER, NEWCOMER), {}, {nodeId: NODES[0]!.nodeId})),
  ),
  row(
    'TX_NODE_ID_MISMATCH',
    'the key is of another id',
    on(fresh, (d) => changed(d.register(OWNER, NEWCOMER), {}, {publicKey: fakeKey('x')})),
  ),
  row(
    'TX_INVALID_ENCRYPTION_KEY',
    'a coefficient is not below q',
    on(fresh, (d) =>
      changed(
        d.register(OWNER, NEWCOMER),
        {},
        {encryptionKey: toKemPublicKey(new Uint8Array(1184).fill(0xff))},
      ),
    ),
  ),
  row(
    'TX_NODE_REGISTERED',
    'the node is there already',
    on(registered, (d) => d.register(STRANGER, NODES[0]!)),
  ),
  row(
    'TX_NODE_UNKNOWN',
    'nobody has this id',
    on(registered, (d) => d.deregister(OWNER, NEWCOMER)),
  ),
  row(
    'TX_NODE_UNKNOWN',
    'a duty names nobody',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {nodeId: toNodeId(new Uint8Array(20))})),
  ),
  row(
    'TX_NOT_OWNER',
    'another account takes the node out',
    on(registered, (d) => d.deregister(STRANGER, NODES[0]!)),
  ),
  row(
    'TX_ALREADY_LEAVING',
    'the node is leaving',
    on(
      () => {
        const driver = registered();
        driver.block(driver.now + 50n, [driver.deregister(OWNER, NODES[0]!)]);
        return driver;
      },
      (d) => d.deregister(OWNER, NODES[0]!),
    ),
  ),
  row(
    'TX_WRONG_REVISION',
    'a commitment has revision 2',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {revision: 2})),
  ),
  row(
    'TX_WRONG_REVISION',
    'an answer has revision 1',
    on(inAnswers, (d) => changed(d.answer(NODES[0]!), {revision: 1})),
  ),
  row(
    'TX_WRONG_EPOCH',
    'the duty is of the epoch before',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {epoch: 1n})),
  ),
  row(
    'TX_WRONG_EPOCH',
    'the duty is of the epoch after',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {epoch: 3n})),
  ),
  row(
    'TX_WRONG_PHASE',
    'revision 0 comes in round B',
    on(
      () => {
        const driver = inRoundA();
        driver.block(driver.inEpoch(2, 3333));
        return driver;
      },
      (d) => d.commit(NODES[0]!),
    ),
  ),
  row(
    'TX_WRONG_PHASE',
    'revision 1 comes in round A',
    on(inRoundA, (d) => d.commit(NODES[0]!, 1)),
  ),
  row(
    'TX_WRONG_PHASE',
    'an answer comes in round B',
    on(inRoundB, (d) => d.answer(NODES[0]!)),
  ),
  row(
    'TX_NO_DUTY',
    'the node has no seat',
    on(
      () => {
        const driver = inRoundA();
        driver.block(driver.now + 50n, [driver.register(OWNER, NEWCOMER)]);
        return driver;
      },
      (d) => d.commit(NEWCOMER),
    ),
  ),
  row(
    'TX_NO_DUTY',
    'the node was convicted',
    on(inRoundA, (d) => {
      d.block(d.now + 50n, [d.evidence(STRANGER, NODES[0]!)]);
      return d.commit(NODES[0]!);
    }),
  ),
  row(
    'TX_NO_DUTY',
    'the node was convicted in this epoch and is returning',
    on(inAnswers, (d) => {
      const txs = [d.evidence(STRANGER, NODES[0]!), d.addStake(OWNER, NODES[0]!, 10_000_000n)];
      d.block(d.now + 50n, txs);
      return d.answer(NODES[0]!);
    }),
  ),
  row(
    'TX_DUPLICATE_DUTY',
    'another commitment of the round',
    on(
      () => {
        const driver = inRoundA();
        driver.block(driver.now + 50n, [driver.commit(NODES[0]!)]);
        return driver;
      },
      (d) => d.commit(NODES[0]!, 0, FULL_SET),
    ),
  ),
  row(
    'TX_DUPLICATE_DUTY',
    'a second move in round B',
    on(
      () => {
        const driver = inRoundB();
        driver.block(driver.now + 50n, [driver.commit(NODES[0]!, 1)]);
        return driver;
      },
      (d) => changed(d.commit(NODES[0]!, 1), {}, {}),
    ),
  ),
  row(
    'TX_DUPLICATE_DUTY',
    'a second answer',
    on(
      () => {
        const driver = inAnswers();
        driver.block(driver.now + 50n, [driver.answer(NODES[0]!)]);
        return driver;
      },
      (d) => d.answer(NODES[0]!, HASH),
    ),
  ),
  row(
    'TX_WRONG_SWARM',
    'the swarm is the other one',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {}, {swarmId: 1 - d.swarmOf(NODES[0]!)})),
  ),
  row(
    'TX_INVALID_SET',
    'bytes without records',
    on(inRoundA, (d) => d.commit(NODES[0]!, 0, {...EMPTY_SET, bytes: 1n})),
  ),
  row(
    'TX_INVALID_SET',
    'fewer chunks than records',
    on(inRoundA, (d) => d.commit(NODES[0]!, 0, {...FULL_SET, recordCount: 2n})),
  ),
  row(
    'TX_INVALID_SET',
    'more bytes than chunks hold',
    on(inRoundA, (d) => d.commit(NODES[0]!, 0, {...FULL_SET, bytes: 1025n})),
  ),
  ...[
    [{...FULL_SET, chunkCount: 2n, bytes: 1024n}, 'a chunk more than the bytes fill'],
    [{...FULL_SET, chunkCount: 2n, bytes: 0n}, 'more chunks than empty records'],
    [{...FULL_SET, chunkCount: 2n ** 64n - 1n, bytes: 0n}, 'as many chunks as can be written down'],
  ].map(([set, what]) =>
    row(
      'TX_INVALID_SET',
      what as string,
      on(inRoundA, (d) => d.commit(NODES[0]!, 0, set as StoredSet)),
    ),
  ),
  row(
    'TX_INVALID_SET',
    'records without a root',
    on(inRoundA, (d) => d.commit(NODES[0]!, 0, {...FULL_SET, root: EMPTY_SET.root})),
  ),
  row(
    'TX_REVEAL_FORM',
    'revision 0 without a reveal',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {}, {reveal: undefined})),
  ),
  row(
    'TX_REVEAL_FORM',
    'revision 1 with a reveal',
    on(inRoundB, (d) => changed(d.commit(NODES[0]!, 1), {}, {reveal: HASH})),
  ),
  row(
    'TX_REVEAL_FORM',
    'revision 1 with dissent',
    on(inRoundB, (d) => changed(d.commit(NODES[0]!, 1), {}, {dissent: Uint8Array.of(1)})),
  ),
  row(
    'TX_WRONG_REVEAL',
    'the reveal is no preimage',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {}, {reveal: HASH})),
  ),
  row(
    'TX_WRONG_REVEAL',
    'the reveal skips a step',
    on(inRoundA, (d) => changed(d.commit(NODES[0]!), {}, {reveal: NODES[0]!.links[2]})),
  ),
  ...[
    ['in the first epoch with duties', inRoundA, 1],
    ['longer than one bit per member', inSecondRoundA, 2],
  ].map(([when, situation, length]) =>
    row(
      'TX_DISSENT_FORM',
      `there is dissent ${when}`,
      on(situation as () => Driver, (d) =>
        changed(d.commit(NODES[0]!), {}, {dissent: new Uint8Array(length as number)}),
      ),
    ),
  ),
  row(
    'TX_KIND_RESERVED',
    'a loss is claimed',
    on(fresh, (d) => d.claim(OWNER)),
  ),
  row(
    'TX_NO_ROUND_A',
    'revision 1 without revision 0',
    on(
      () => {
        const driver = inRoundA();
        driver.block(
          driver.now + 50n,
          NODES.slice(1).map((node) => driver.commit(node)),
        );
        driver.block(driver.inEpoch(2, 3333));
        return driver;
      },
      (d) => d.commit(NODES[0]!, 1),
    ),
  ),
  row(
    'TX_UNKNOWN_SET',
    'a set that nobody posted in round A',
    on(inRoundB, (d) => d.commit(NODES[0]!, 1, FULL_SET)),
  ),
  row(
    'TX_ANSWER_FORM',
    'an answer where the swarm has no W',
    on(
      () => {
        const driver = inRoundA();
        driver.block(driver.inEpoch(2, 3333));
        driver.block(driver.inEpoch(2, 6666));
        return driver;
      },
      (d) => d.answer(NODES[0]!, HASH),
    ),
  ),
];

describe('refusals', () => {
  it.each(REFUSALS.map((r) => [r.code, r.when, r] as const))(
    '%s when %s',
    (code, _when, {make, edit}) => {
      const [driver, tx] = make();
      if (edit !== undefined) {
        expect(codeOf(() => stateAfter(driver, tx, edit))).toBe(code);
        return;
      }
      expect(refusal(driver, tx)).toBe(code);
      driver.mempool.add(tx);
      const before = [...driver.state.entries()];
      const next = driver.chain.nextEmptyBlockTime;
      expect(driver.block(next > driver.now + 50n ? next : driver.now + 50n).txs).toEqual([]);
      expect(before.length).toBeGreaterThan(0);
    },
  );

  it('covers every code that the state machine raises', () => {
    const source = readFileSync(join(import.meta.dirname, '../../../src/vm/errors.ts'), 'utf8');
    const codes = [...source.matchAll(/'(TX_[A-Z_]+)'/g)].map(([, code]) => code ?? '');
    const covered = new Set([...REFUSALS.map(({code}) => code), ...ADMISSION]);
    expect(codes.filter((code) => !covered.has(code))).toEqual(['TX_INVALID_SIGNATURE']);
  });
});

/** Codes of the mempool and of signers, each with its test below. */
const ADMISSION = [
  'TX_ALREADY_KNOWN',
  'TX_MEMPOOL_FULL',
  'TX_REPLACEMENT_UNDERPRICED',
  'TX_REPLACED',
];

describe('the mempool', () => {
  it('takes a transaction once', () => {
    const driver = fresh();
    const tx = driver.transfer(OWNER, STRANGER.address, 1n);
    driver.mempool.add(tx);
    expect(codeOf(() => driver.mempool.add(parseTx(tx.bytes)))).toBe('TX_ALREADY_KNOWN');
  });

  it('lets a higher fee replace, and no other', () => {
    const driver = fresh();
    const tx = driver.transfer(OWNER, STRANGER.address, 1n);
    const later = driver.transfer(OWNER, STRANGER.address, 1n, 1n);
    driver.mempool.add(tx);
    driver.mempool.add(later);
    expect(codeOf(() => driver.mempool.add(changed(tx, {}, {amount: 2n})))).toBe(
      'TX_REPLACEMENT_UNDERPRICED',
    );
    const better = changed(tx, {fee: 1n});
    driver.mempool.add(better);
    expect([...driver.mempool.accountTxs()].map(({id}) => id)).toEqual([better.id]);
    expect(driver.mempool.get(later.id)).toBeUndefined();
    expect(driver.mempool.size).toBe(1);
  });

  it('says why a transaction waits no more, but not of one that was accepted', () => {
    const driver = fresh();
    const told: string[] = [];
    const mempool = new Mempool(({id}, code) => told.push(`${bytesToHex(id)} ${code}`));
    const tx = driver.transfer(OWNER, STRANGER.address, 1n);
    const better = changed(tx, {fee: 1n});
    for (const each of [tx, better]) mempool.add(each);
    expect(told).toEqual([`${bytesToHex(tx.id)} TX_REPLACED`]);
    mempool.remove(better);
    expect(told).toHaveLength(1);
  });

  it('holds 64 per account, in nonce order without gaps', () => {
    const driver = fresh();
    const txs = Array.from({length: MEMPOOL_LIMITS.perAccount + 1}, (_, i) =>
      driver.transfer(OWNER, STRANGER.address, 1n, BigInt(i)),
    );
    expect(codeOf(() => driver.mempool.add(txs[0]!))).toBeUndefined();
    expect(codeOf(() => driver.mempool.add(txs[2]!))).toBe('TX_WRONG_NONCE');
    for (const tx of txs.slice(1, -1)) driver.mempool.add(tx);
    expect(codeOf(() => driver.mempool.add(txs.at(-1)!))).toBe('TX_MEMPOOL_FULL');
    expect([...driver.mempool.accountTxs()]).toEqual(txs.slice(0, -1));
  });

  it('makes room for a better fee by its cheapest tail', () => {
    const driver = fresh();
    const accounts = Array.from({length: MEMPOOL_LIMITS.accountTxs}, (_, i) =>
      testAccount(`crowd ${i}`),
    );
    for (const account of accounts) driver.mempool.add(driver.transfer(account, OWNER.address, 1n));
    const poor = driver.transfer(OWNER, STRANGER.address, 1n);
    expect(codeOf(() => driver.mempool.add(poor))).toBe('TX_MEMPOOL_FULL');
    const rich = changed(poor, {fee: 3n});
    driver.mempool.add(rich);
    expect(driver.mempool.size).toBe(MEMPOOL_LIMITS.accountTxs);
    expect([...driver.mempool.accountTxs()][0]?.id).toEqual(rich.id);
  });

  it('is empty again when everything is taken out', () => {
    const driver = inRoundA();
    const txs = [
      ...[0n, 1n, 2n].map((i) => driver.transfer(STRANGER, OWNER.address, 1n, i)),
      ...NODES.map((node) => driver.commit(node)),
    ];
    for (const tx of txs) driver.mempool.add(tx);
    for (const tx of txs.toReversed()) driver.mempool.remove(tx);
    expect(driver.mempool.size).toBe(0);
    for (const tx of txs) expect(codeOf(() => driver.mempool.add(tx))).toBeUndefined();
  });
});

describe('signature sets', () => {
  const context = (driver: Driver) => ({
    state: driver.state,
    config: driver.config,
    inline: new Map(),
  });

  it('never lets a foreign key vouch for an account', () => {
    const driver = fresh();
    const forged = seal(driver.transfer(OWNER, STRANGER.address, 1n).tx.unsigned, STRANGER.key);
    expect(codeOf(() => signatureSetsOf(forged, context(driver)))).toBe('TX_KEY_MISMATCH');
  });

  it('names two signatures for a registration, and the key of an earlier transaction of the block', () => {
    const driver = fresh();
    const shared = context(driver);
    const register = driver.register(OWNER, NEWCOMER);
    const sets = signatureSetsOf(register, shared);
    expect(sets.map(({publicKey}) => publicKey)).toEqual([OWNER.key, NEWCOMER.key]);
    const next = signatureSetsOf(driver.transfer(OWNER, STRANGER.address, 1n, 1n), shared);
    expect(next[0]?.publicKey).toEqual(OWNER.key);
    expect(
      codeOf(() => signatureSetsOf(driver.transfer(STRANGER, OWNER.address, 1n, 1n), shared)),
    ).toBe('TX_KEY_MISSING');
    expect(codeOf(() => signatureSetsOf(driver.commit(testNode('nobody')), shared))).toBe(
      'TX_NODE_UNKNOWN',
    );
  });
});

describe('signatures inside bodies', () => {
  const NODE = NODES[0]!;
  const setsOf = (driver: Driver, tx: ParsedTx, inline: InlineKeys = new Map()) =>
    signatureSetsOf(tx, {state: driver.state, config: driver.config, inline});

  it.each([
    ['rotate', (d: Driver) => d.rotate(STRANGER, NODE, 1, HASH), KeyRotation],
    ['revoke', (d: Driver) => d.revoke(STRANGER, NODE, 0), KeyRevocation],
    ['maintenance', (d: Driver) => d.maintain(STRANGER, NODE, 3n, 1), MaintenanceOrder],
  ] as const)('%s: the node key signs the order, whoever pays', (name, make, codec) => {
    const driver = inRoundA();
    const tx = make(driver);
    const [payer, order] = setsOf(driver, tx);
    expect(payer).toMatchObject({publicKey: STRANGER.key, context: 'lux-session-tx-v1'});
    expect(order).toMatchObject({publicKey: NODE.key, context: `lux-session-${name}-v1`});
    const {networkId, chainId} = driver.config;
    const {signature: _signature, ...body} = tx.tx.unsigned.value.body as {signature: Uint8Array};
    expect(decode(codec as Codec<unknown>, order!.message)).toEqual({networkId, chainId, ...body});
  });

  it('evidence: the accused signed both commitments, as for a block', () => {
    const driver = inRoundA();
    const tx = driver.evidence(STRANGER, NODE);
    const {first, second} = tx.tx.unsigned.value.body as Evidence;
    const [payer, ...accused] = setsOf(driver, tx);
    expect(payer?.publicKey).toEqual(STRANGER.key);
    expect(accused.map(({publicKey, context}) => ({publicKey, context}))).toEqual([
      {publicKey: NODE.key, context: 'lux-session-commit-v1'},
      {publicKey: NODE.key, context: 'lux-session-commit-v1'},
    ]);
    for (const [index, {duty}] of [first, second].entries()) {
      const asDuty = seal({type: 'storageCommitment', value: duty});
      expect(accused[index]?.message).toEqual(signedBytes(asDuty));
    }
  });

  it('finds the key of a node that is registered earlier in the block, if it is its own', () => {
    const driver = fresh();
    const inline: InlineKeys = new Map();
    expect(codeOf(() => setsOf(driver, driver.rotate(OWNER, NEWCOMER, 1)))).toBe('TX_NODE_UNKNOWN');
    setsOf(driver, driver.register(OWNER, NEWCOMER), inline);
    const sets = setsOf(driver, driver.rotate(OWNER, NEWCOMER, 1), inline);
    expect(sets[1]?.publicKey).toEqual(NEWCOMER.key);
    const foreign = changed(driver.register(OWNER, NEWCOMER), {}, {publicKey: fakeKey('x')});
    expect(codeOf(() => setsOf(driver, foreign, inline))).toBe('TX_NODE_ID_MISMATCH');
  });
});

describe('boundaries, one millisecond at a time', () => {
  it.each([
    ['round A', inRoundA, (d: Driver) => d.commit(NODES[0]!), 3333],
    ['round B', inRoundB, (d: Driver) => d.commit(NODES[0]!, 1), 6666],
  ] as const)('%s ends just then', (_name, situation, make, end) => {
    const driver = situation();
    const tx = make(driver);
    expect(refusal(driver, tx, driver.inEpoch(2, end - 1))).toBeUndefined();
    expect(refusal(driver, tx, driver.inEpoch(2, end))).toBe('TX_WRONG_PHASE');
  });

  it('answers go on until the closing block and never into the next epoch', () => {
    const driver = inAnswers();
    const tx = driver.answer(NODES[0]!);
    expect(refusal(driver, tx)).toBeUndefined();
    expect(refusal(driver, tx, driver.inEpoch(2, 19_999))).toBeUndefined();
    expect(refusal(driver, tx, driver.inEpoch(3))).toBe('TX_WRONG_EPOCH');
    for (const ms of [7666, 8666, 9666]) driver.block(driver.inEpoch(2, ms));
    driver.block(driver.inEpoch(2, 16_666), [driver.answer(NODES[1]!)]);
    expect(driver.epoch.answersClosed).toBe(true);
    expect(refusal(driver, tx)).toBe('TX_WRONG_PHASE');
  });

  it('round A begins with the epoch', () => {
    const driver = registered();
    for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
    const before = driver.commit(NODES[0]!);
    const due = changed(before, {epoch: 2n}, {swarmId: 0});
    expect(refusal(driver, due, driver.inEpoch(2) - 1n)).toBe('TX_WRONG_EPOCH');
    // Which swarm the draw of this block gives is not the point: the epoch has begun.
    expect(refusal(driver, due, driver.inEpoch(2))).not.toBe('TX_WRONG_EPOCH');
  });
});
