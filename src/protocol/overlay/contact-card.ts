import {toSignature} from '../bytes.ts';
import {
  type Codec,
  type CodecValue,
  fixed,
  optional,
  struct,
  u64,
  utf8,
  versioned,
} from '../codec.ts';
import {CodecError} from '../errors.ts';
import {magic} from '../magic.ts';
import {OwnerKeys} from './owner-auth.ts';

/** Longest name on a card, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 64;

/** Control characters, line ends and turns of direction: they make a name look like another text. */
const FOREIGN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const anyName = utf8({maxLength: MAX_NAME_BYTES});

function checkName(name: string): string {
  if (name === '' || name !== name.trim() || FOREIGN.test(name)) {
    throw new CodecError('CODEC_BAD_TEXT', {expected: 'a name'});
  }
  return name;
}

/** Not empty, no space around it, nothing that a terminal or a page would not show as it is. */
export const contactName: Codec<string> = {
  name: 'contact name',
  maxSize: anyName.maxSize,
  read: (from) => checkName(anyName.read(from)),
  write: (to, name) => anyName.write(to, checkName(name)),
};

/**
 * A person's public keys, from which the id follows. It names no chain: a person is the same on
 * every one. SPEC.md §16.4.
 */
export const ContactCard = versioned(
  1,
  struct('ContactCard', {
    keys: OwnerKeys,
    /** As its owner wants to be called; it proves nothing. */
    name: optional(contactName),
    /** Unix ms of its making: of two cards of one id the later counts. */
    timeMs: u64,
  }),
);
export type ContactCard = CodecValue<typeof ContactCard>;

/** The card and its owner's signature over its encoding, context `card`: a file, or a record. */
export const SignedContactCard = struct('SignedContactCard', {
  magic: magic('sessionvm contact card ', 'a contact card'),
  card: ContactCard,
  signature: fixed(toSignature),
});
export type SignedContactCard = CodecValue<typeof SignedContactCard>;
