import {
  createPrivateKey,
  createPublicKey,
  decapsulate,
  encapsulate,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import {openSealed, sealMessage} from '../../../src/client/seal.ts';
import {sessionIdentityOf} from '../../../src/client/session-identity.ts';
import {toChainId, toKemSeed, toSigningSeed} from '../../../src/protocol/bytes.ts';
import {type Bench, median, ms, type Row} from '../row.ts';

const PAIRS = 300;
const WARM_UP = 50;
const MESSAGE_BYTES = 1024;

/** The four operations of a seal and its opening, by node:crypto itself with keys imported before. */
function createRaw(): () => void {
  const kem = createPrivateKey({
    key: randomBytes(64),
    format: 'raw-seed',
    asymmetricKeyType: 'ml-kem-768',
  } as never);
  const signing = createPrivateKey({
    key: randomBytes(32),
    format: 'raw-seed',
    asymmetricKeyType: 'ml-dsa-65',
  } as never);
  const [kemPublic, signingPublic] = [createPublicKey(kem), createPublicKey(signing)];
  const context = Buffer.from('lux-session-seal-v1');
  const message = randomBytes(MESSAGE_BYTES);
  return () => {
    const {ciphertext, sharedKey} = encapsulate(kemPublic);
    const signature = sign(null, message, {key: signing, context} as never);
    const secret = decapsulate(kem, ciphertext);
    const isSigned = verify(null, message, {key: signingPublic, context} as never, signature);
    if (!isSigned || !secret.equals(sharedKey)) throw new Error('raw operations disagree');
  };
}

function createSealing(): {
  readonly seal: () => Uint8Array;
  readonly open: (b: Uint8Array) => void;
} {
  const [sender, recipient] = [0, 1].map(() =>
    sessionIdentityOf({
      kind: 'session',
      signingSeed: toSigningSeed(randomBytes(32)),
      kemSeed: toKemSeed(randomBytes(64)),
    }),
  ) as [ReturnType<typeof sessionIdentityOf>, ReturnType<typeof sessionIdentityOf>];
  const chain = {networkId: 1, chainId: toChainId(randomBytes(32))};
  const content = {type: 'text', value: 'x'.repeat(MESSAGE_BYTES)} as const;
  const init = {chain, recipient: recipient.keys, sender, content, timeMs: 1n};
  return {
    seal: () => sealMessage(init),
    open: (sealed) => {
      openSealed(sealed, {chain, recipient});
    },
  };
}

const timed = (times: number[], action: () => void): void => {
  const start = performance.now();
  action();
  times.push(performance.now() - start);
};

/** What padding, hashing, encoding and the cipher add to four unavoidable operations. */
export const seal: Bench = {
  name: 'seal',
  async run() {
    const raw = createRaw();
    const {seal: sealOne, open} = createSealing();
    const times = {both: [] as number[], open: [] as number[], raw: [] as number[]};
    // In turn, so that a slow moment of the machine meets both.
    for (let i = 0; i < WARM_UP + PAIRS; i++) {
      timed(times.both, () => open(sealOne()));
      timed(times.raw, raw);
      const sealed = sealOne();
      timed(times.open, () => open(sealed));
    }
    for (const list of Object.values(times)) list.splice(0, WARM_UP);
    const [both, opening, bare] = [median(times.both), median(times.open), median(times.raw)];
    const rows: Row[] = [
      {
        name: 'seal + open of 1 KB',
        figure: ms(both),
        limit: `raw encaps, sign, decaps, verify: ${ms(bare)}`,
        ratio: both / bare,
        target: '≤ 1.5 ×',
        met: both <= 1.5 * bare,
      },
      {
        name: '  open alone',
        figure: ms(opening),
        limit: `both: ${ms(both)}`,
        ratio: opening / both,
        target: '≤ 0.6 ×',
        met: opening <= 0.6 * both,
      },
    ];
    return rows;
  },
};
