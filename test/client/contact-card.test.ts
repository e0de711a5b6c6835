import {describe, expect, it} from 'vitest';
import {
  createContactCard,
  MAX_CARD_AHEAD_MS,
  readContactCard,
} from '../../src/client/contact-card.ts';
import {ClientError} from '../../src/client/errors.ts';
import {toKemPublicKey} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {ContactCard, SignedContactCard} from '../../src/protocol/overlay/contact-card.ts';
import {MAX_RECORD_BYTES} from '../../src/protocol/stored-record.ts';
import {mutate} from '../fuzz/mutate.ts';
import {Random} from '../fuzz/random.ts';
import {code, handMadePerson, identityOf, NOW_MS} from './people.ts';
import {cardByHand} from './second-seal.ts';

const MUTATIONS = 10_000;
const [alice, bob] = [identityOf(1), identityOf(2)];
const card = createContactCard(alice, {name: 'Alice', timeMs: NOW_MS});

/** A card with something changed after it was signed. */
function changed(change: Partial<ContactCard>): Uint8Array {
  const signed = decode(SignedContactCard, card);
  return encode(SignedContactCard, {...signed, card: {...signed.card, ...change}});
}

describe('contact card', () => {
  it('says who, with a name or without', () => {
    const {sessionId, keys} = alice;
    const contact = {sessionId, keys, timeMs: NOW_MS};
    expect(readContactCard(card, {nowMs: NOW_MS})).toEqual({...contact, name: 'Alice'});
    const nameless = createContactCard(alice, {timeMs: NOW_MS});
    expect(readContactCard(nameless, {nowMs: NOW_MS, expected: sessionId})).toEqual({
      ...contact,
      name: undefined,
    });
  });

  it('is a file that can be told by its first bytes, and fits into an outbox', () => {
    expect(Buffer.from(card.subarray(0, 23)).toString()).toBe('sessionvm contact card ');
    expect(SignedContactCard.maxSize).toBeLessThan(MAX_RECORD_BYTES);
  });

  it('is the same format in a second implementation', () => {
    const {file} = cardByHand(handMadePerson(2), {name: 'Боб', timeMs: 5n});
    const contact = readContactCard(file, {nowMs: NOW_MS, expected: bob.sessionId});
    expect(contact).toEqual({keys: bob.keys, sessionId: bob.sessionId, name: 'Боб', timeMs: 5n});
  });

  it('of somebody else is refused', () => {
    const reading = () => readContactCard(card, {nowMs: NOW_MS, expected: bob.sessionId});
    expect(reading).toThrow(code('CLIENT_CARD_WRONG_ID'));
  });

  it('is refused with anything changed', () => {
    for (const one of [
      changed({name: 'Eve'}),
      changed({name: undefined}),
      changed({timeMs: NOW_MS + 1n}),
      changed({keys: {...alice.keys, signing: bob.keys.signing}}),
      changed({keys: {...alice.keys, kem: bob.keys.kem}}),
    ]) {
      const reading = () => readContactCard(one, {nowMs: NOW_MS});
      expect(reading).toThrow(code('CLIENT_CARD_BAD_SIGNATURE'));
    }
  });

  it('has a KEM key that messages can be sealed for, even if its owner signed another', () => {
    const kem = toKemPublicKey(new Uint8Array(1184).fill(0xff));
    const forged: ContactCard = {keys: {...alice.keys, kem}, name: undefined, timeMs: NOW_MS};
    const signature = alice.signer.sign(SIGNATURE_CONTEXT.card, encode(ContactCard, forged));
    const bytes = encode(SignedContactCard, {magic: undefined, card: forged, signature});
    expect(() => readContactCard(bytes, {nowMs: NOW_MS})).toThrow(code('CLIENT_CARD_BAD_KEY'));
  });

  it('may be a day ahead of the reader’s clock, and any time behind it', () => {
    const at = (nowMs: bigint) => () => readContactCard(card, {nowMs}).timeMs;
    expect(at(NOW_MS - MAX_CARD_AHEAD_MS)()).toBe(NOW_MS);
    expect(at(NOW_MS + 10n ** 12n)()).toBe(NOW_MS);
    expect(at(NOW_MS - MAX_CARD_AHEAD_MS - 1n)).toThrow(code('CLIENT_CARD_FROM_FUTURE'));
  });

  it.each([
    ['', 'CODEC_BAD_TEXT'],
    [' Alice', 'CODEC_BAD_TEXT'],
    ['Al\u001b[2Jice', 'CODEC_BAD_TEXT'],
    ['Al\nice', 'CODEC_BAD_TEXT'],
    ['\u202eecilA', 'CODEC_BAD_TEXT'],
    ['x'.repeat(65), 'CODEC_LENGTH_LIMIT'],
    ['й'.repeat(33), 'CODEC_LENGTH_LIMIT'],
  ])('takes no name %j', (name, expected) => {
    expect(() => createContactCard(alice, {name, timeMs: 1n})).toThrow(code(expected));
    const {file} = cardByHand(handMadePerson(1), {name, timeMs: 1n});
    expect(() => readContactCard(file, {nowMs: NOW_MS})).toThrow(CodecError);
  });

  it('takes no name that is no text', () => {
    const creating = () => createContactCard(alice, {name: 'A\ud800', timeMs: 1n});
    expect(creating).toThrow(code('CODEC_BAD_TEXT'));
  });

  it.each(['x'.repeat(64), 'й'.repeat(32), 'Алиса 👩‍🔬', 'שָׁלוֹם'])('takes the name %j', (name) => {
    const named = createContactCard(alice, {name, timeMs: 1n});
    expect(readContactCard(named, {nowMs: NOW_MS}).name).toBe(name);
  });

  it(`${MUTATIONS} mutations: never taken, always a coded error`, () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);
    console.log(`FUZZ_SEED=${seed}`);
    const random = new Random(seed);
    const codes = new Map<string, number>();
    for (let i = 0; i < MUTATIONS; i++) {
      const input = mutate(card, random);
      if (Buffer.from(input).equals(card)) continue;
      try {
        readContactCard(input, {nowMs: NOW_MS});
        expect.unreachable('a changed card was taken');
      } catch (error) {
        if (!(error instanceof ClientError || error instanceof CodecError)) throw error;
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      }
    }
    expect(codes.get('CLIENT_CARD_BAD_SIGNATURE')).toBeGreaterThan(MUTATIONS / 10);
    expect(codes.get('CODEC_TRAILING_BYTES')).toBeGreaterThan(0);
  });
});
