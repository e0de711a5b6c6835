import {describe, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {openSealed, sealMessage} from '../../src/client/seal.ts';
import {toChainId, toKemPublicKey} from '../../src/protocol/bytes.ts';
import {MAX_CONTENT_BYTES, type MessageContent} from '../../src/protocol/overlay/sealed-message.ts';
import {mutate} from '../fuzz/mutate.ts';
import {Random} from '../fuzz/random.ts';
import {CHAIN, code, handMadePerson, identityOf, NOW_MS} from './people.ts';
import {type Letter, openByHand, sealByHand} from './second-seal.ts';

const MUTATIONS = 10_000;
const [alice, bob, carol] = [identityOf(1), identityOf(2), identityOf(3)];
const text = (value: string): MessageContent => ({type: 'text', value});
const seal = (content: MessageContent): Uint8Array =>
  sealMessage({chain: CHAIN, recipient: bob.keys, sender: alice, content, timeMs: NOW_MS});
const open = (sealed: Uint8Array) => openSealed(sealed, {chain: CHAIN, recipient: bob});

const letter: Letter = {
  ...CHAIN,
  recipient: handMadePerson(2),
  sender: handMadePerson(1),
  timeMs: NOW_MS,
  contentType: 0,
  content: Uint8Array.from(Buffer.from('by hand')),
  size: 8192,
  m: new Uint8Array(32).fill(4),
};

describe('sealed message', () => {
  it.each([
    [text(''), 8192],
    [text('Grüße, Боб 👋'), 8192],
    [text('x'.repeat(621)), 8192],
    [text('x'.repeat(622)), 16_384],
    [text('ü'.repeat(311)), 16_384],
    [{type: 'bytes', value: new Uint8Array(8813)}, 16_384],
    [{type: 'bytes', value: new Uint8Array(8814)}, 32_768],
    [{type: 'bytes', value: new Uint8Array(57_965)}, 65_536],
    [{type: 'bytes', value: new Uint8Array(MAX_CONTENT_BYTES).fill(255)}, 76_800],
  ] as const)('opens again, in the smallest size that holds it (%#)', (content, size) => {
    const sealed = seal(content);
    expect(sealed.length).toBe(size);
    expect(open(sealed)).toEqual({
      sender: alice.sessionId,
      senderKeys: alice.keys,
      timeMs: NOW_MS,
      content,
    });
  });

  it('takes no more than the largest size holds, nor broken text', () => {
    expect(MAX_CONTENT_BYTES).toBe(69_229);
    const tooLong = new Uint8Array(MAX_CONTENT_BYTES + 1);
    expect(() => seal({type: 'bytes', value: tooLong})).toThrow(code('CLIENT_SEAL_TOO_LARGE'));
    expect(() => seal(text('é'.repeat(34_615)))).toThrow(code('CLIENT_SEAL_TOO_LARGE'));
    expect(() => seal(text('\ud800'))).toThrow(code('CODEC_BAD_TEXT'));
  });

  it('shows nothing of sender, content or another seal of it', () => {
    const content = text('A sentence that is nowhere in these bytes.');
    const [first, second] = [seal(content), seal(content)];
    const visible = Buffer.from(first).toString('latin1');
    for (const hidden of [content.value, ...Object.values(alice.keys), alice.sessionId]) {
      const bytes = typeof hidden === 'string' ? Buffer.from(hidden) : Buffer.from(hidden);
      expect(visible).not.toContain(bytes.subarray(0, 16).toString('latin1'));
    }
    const isSame = first.map((byte, i) => (byte === second[i] ? 1 : 0));
    const same = isSame.reduce((sum, one) => sum + one, 0);
    // One byte in 256 is equal by chance; the version and the length of the box are.
    expect(same).toBeLessThan(100);
  });

  it('opens for nobody else and on no other chain', () => {
    const sealed = seal(text('for Bob'));
    const notOpened = code('CLIENT_SEAL_NOT_OPENED');
    expect(() => openSealed(sealed, {chain: CHAIN, recipient: carol})).toThrow(notOpened);
    const sameKem = {...carol, kemKey: bob.kemKey, keys: {...carol.keys, kem: bob.keys.kem}};
    expect(() => openSealed(sealed, {chain: CHAIN, recipient: sameKem})).toThrow(notOpened);
    for (const chain of [
      {...CHAIN, networkId: 1},
      {...CHAIN, chainId: toChainId(new Uint8Array(32))},
    ]) {
      expect(() => openSealed(sealed, {chain, recipient: bob})).toThrow(notOpened);
    }
  });

  it('needs a recipient whose KEM key is one', () => {
    const recipient = {...bob.keys, kem: toKemPublicKey(new Uint8Array(1184).fill(0xff))};
    const init = {chain: CHAIN, sender: alice, content: text('x'), timeMs: NOW_MS};
    expect(() => sealMessage({...init, recipient})).toThrow(code('CRYPTO_INVALID_KEY'));
  });

  it('is the same format in a second implementation, both ways', () => {
    expect(open(sealByHand(letter).sealed).content).toEqual(text('by hand'));
    const sealed = seal(text('by program'));
    const plaintext = openByHand(sealed, {...CHAIN, recipient: letter.recipient});
    expect(Buffer.from(plaintext).includes('by program')).toBe(true);
    expect(plaintext.length).toBe(8192 - 1094 - 16);
  });
});

describe('a sealed message that its sender made wrong', () => {
  const cheat = (wrong: NonNullable<Letter['cheat']>, more: Partial<Letter> = {}) =>
    sealByHand({...letter, ...more, cheat: wrong}).sealed;

  it('has no padding but zeros', () => {
    for (const at of [-1, -100]) {
      const sealed = cheat({plaintext: (honest) => honest.with(honest.length + at, 1)});
      expect(() => open(sealed)).toThrow(code('CLIENT_SEAL_BAD_PADDING'));
    }
  });

  it('has content of a known type, of its length, in UTF-8', () => {
    const at = 3136 + 8;
    for (const plaintext of [
      (honest: Uint8Array) => honest.with(at + 3, 9),
      (honest: Uint8Array) => honest.with(at + 4, 0xff),
      (honest: Uint8Array) => honest.with(at + 8, 0xff),
    ]) {
      expect(() => open(cheat({plaintext}))).toThrow(code('CLIENT_SEAL_BAD_CONTENT'));
    }
  });

  it('is signed over what it says', () => {
    const wrongTime = (honest: Uint8Array) => honest.with(3136 + 7, 1);
    const otherText = (honest: Uint8Array) => honest.with(3136 + 16, 0x42);
    const otherSender = (honest: Uint8Array) => {
      const changed = honest.slice();
      changed.set(carol.keys.signing, 1184);
      return changed;
    };
    const otherKem = (honest: Uint8Array) => {
      const changed = honest.slice();
      changed.set(carol.keys.kem, 0);
      return changed;
    };
    for (const plaintext of [wrongTime, otherText, otherSender, otherKem]) {
      expect(() => open(cheat({plaintext}))).toThrow(code('CLIENT_SEAL_BAD_SIGNATURE'));
    }
  });

  it('names a sender who can be answered', () => {
    const plaintext = (honest: Uint8Array) => honest.slice().fill(0xff, 0, 1152);
    expect(() => open(cheat({plaintext}))).toThrow(code('CLIENT_SEAL_BAD_CONTENT'));
  });

  it('cannot be one that the sender wrote to somebody else', () => {
    // Carol takes Alice's message to her out of its box and seals it for Bob.
    const toCarol = sealByHand({...letter, recipient: handMadePerson(3)});
    const sealed = cheat({plaintext: () => toCarol.plaintext});
    expect(() => open(sealed)).toThrow(code('CLIENT_SEAL_BAD_SIGNATURE'));
  });

  it('cannot be an old one to the same recipient in a new box', () => {
    const old = sealByHand({...letter, m: new Uint8Array(32).fill(5)});
    const sealed = cheat({plaintext: () => old.plaintext});
    expect(() => open(sealed)).toThrow(code('CLIENT_SEAL_BAD_SIGNATURE'));
  });

  it('is signed for this chain, recipient, key and ciphertext', () => {
    for (let at = 0; at < 4 + 32 + 33 + 32 + 32 + 33; at += 7) {
      const claim = (honest: Uint8Array) => honest.with(at, honest[at]! ^ 1);
      expect(() => open(cheat({claim}))).toThrow(code('CLIENT_SEAL_BAD_SIGNATURE'));
    }
  });
});

describe('bytes that are no sealed message', () => {
  it('are refused before any key is used', () => {
    const {sealed} = sealByHand(letter);
    const malformed = code('CLIENT_SEAL_MALFORMED');
    for (const input of [
      new Uint8Array(),
      sealed.slice(0, -1),
      sealed.with(1, 2),
      Uint8Array.from([...sealed, 0]),
      new Uint8Array(8192),
      new Uint8Array(100_000),
    ]) {
      expect(() => open(input)).toThrow(malformed);
    }
  });

  it('cannot claim another size than they have', () => {
    const {sealed} = sealByHand({...letter, size: 8000});
    expect(() => open(sealed)).toThrow(code('CLIENT_SEAL_MALFORMED'));
  });

  it(`${MUTATIONS} mutations of valid ones: never opened, always a coded error`, () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);
    console.log(`FUZZ_SEED=${seed}`);
    const random = new Random(seed);
    const valid = [seal(text('one')), seal(text('x'.repeat(900)))];
    const codes = new Map<string, number>();
    for (let i = 0; i < MUTATIONS; i++) {
      const original = random.pick(valid);
      // Half of them keep their length, so that they come as far as the box.
      const input =
        i % 2 === 0
          ? flipOne(original, random.below(original.length * 8))
          : mutate(original, random);
      if (Buffer.from(input).equals(original)) continue;
      const outcome = outcomeOf(input);
      codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
    }
    expect([...codes.keys()].sort()).toEqual(['CLIENT_SEAL_MALFORMED', 'CLIENT_SEAL_NOT_OPENED']);
    expect(codes.get('CLIENT_SEAL_NOT_OPENED')).toBeGreaterThan(MUTATIONS / 3);
  });

  it('200 mutations of an opened plaintext, sealed again: never opened', () => {
    const random = new Random(77);
    for (let i = 0; i < 200; i++) {
      const byte = random.below(3136 + 8 + 8 + 7 + 3309);
      const {sealed} = sealByHand({
        ...letter,
        cheat: {plaintext: (honest) => flipOne(honest, byte * 8 + random.below(8))},
      });
      expect(outcomeOf(sealed)).toMatch(/^CLIENT_SEAL_BAD_(SIGNATURE|CONTENT|PADDING)$/);
    }
  });

  function flipOne(bytes: Uint8Array, bit: number): Uint8Array {
    const changed = bytes.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    return changed;
  }

  function outcomeOf(input: Uint8Array): string {
    try {
      open(input);
      return 'opened';
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return error.code;
    }
  }
});
