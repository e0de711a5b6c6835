import {readdir} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {type Contact, readContactCard} from '../client/contact-card.ts';
import {FileError, readSmallFile, writeFileAtomic} from '../daemon/files.ts';
import {hexToBytes, type SessionId, toSessionId} from '../protocol/bytes.ts';
import {SessionError} from '../protocol/errors.ts';
import type {Arguments} from './arguments.ts';
import {usageError} from './errors.ts';
import {readGivenFile} from './given-file.ts';
import {readAs} from './read-as.ts';

export const CONTACTS_OPTION = {contacts: {type: 'string'}} as const;
export const CONTACTS_HELP =
  '--contacts DIR  the folder of contact cards by name; ~/.sessionvm/contacts unless said';

const CARD_SUFFIX = '.card';
const NAME = /^(?!.*\.\.)[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'’-]{0,63}(?<! )$/u;
const SESSION_ID = /^(0x)?07[0-9a-fA-F]{64}$/;
const CARD_FILE_MODE = 0o644;

const nowMs = (): bigint => BigInt(Date.now());

/** As file names have it: é is one character, however it was typed. undefined for what is no name. */
function fileName(text: string): string | undefined {
  const name = text.normalize('NFC');
  return NAME.test(name) ? `${name}${CARD_SUFFIX}` : undefined;
}

const badName = (name: string) =>
  usageError(
    `'${name.slice(0, 40)}' is no contact's name: it begins with a letter or digit, has letters, digits, space . _ - ' and ends with no space`,
  );

export function sessionIdFrom(text: string): SessionId | undefined {
  return SESSION_ID.test(text) ? toSessionId(hexToBytes(text)) : undefined;
}

const contactOf = (card: Uint8Array, path: string): Contact =>
  readAs({path, expected: 'a contact card'}, () => readContactCard(card, {nowMs: nowMs()}));

type KnownContact = {readonly name: string; readonly contact: Contact};
type UnusableCard = {readonly path: string; readonly error: SessionError};

/** Contact cards of one person, a file each. */
export class ContactBook {
  readonly #folder: string;

  constructor(args: Arguments) {
    this.#folder = resolve(args.text('contacts') ?? join(homedir(), '.sessionvm', 'contacts'));
  }

  /** All cards by name, and what else lies there under a card's name. */
  async list(): Promise<{
    readonly contacts: readonly KnownContact[];
    readonly others: readonly UnusableCard[];
  }> {
    const contacts: KnownContact[] = [];
    const others: UnusableCard[] = [];
    for (const file of await this.#files()) {
      const path = join(this.#folder, file);
      const name = file.slice(0, -CARD_SUFFIX.length);
      try {
        if (fileName(name) !== file) throw badName(name);
        contacts.push({name, contact: contactOf(await readSmallFile(path), path)});
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        others.push({path, error});
      }
    }
    return {contacts, others};
  }

  /** @throws FileError FILE_UNREADABLE */
  async #files(): Promise<readonly string[]> {
    try {
      const files = await readdir(this.#folder);
      return files.filter((file) => file.endsWith(CARD_SUFFIX)).sort();
    } catch (error) {
      const reason = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
      if (reason === undefined) throw error;
      if (reason === 'ENOENT') return [];
      throw new FileError('FILE_UNREADABLE', {path: this.#folder, reason}, {cause: error});
    }
  }

  /** undefined when there is no such name. @throws FileError, ClientError for a damaged card */
  async find(name: string): Promise<Contact | undefined> {
    const file = fileName(name);
    if (file === undefined) return undefined;
    try {
      const path = join(this.#folder, file);
      return contactOf(await readSmallFile(path), path);
    } catch (error) {
      if (error instanceof FileError && error.code === 'FILE_MISSING') return undefined;
      throw error;
    }
  }

  /** @throws CliError CLI_USAGE for no name; FileError FILE_EXISTS unless `overwrite` */
  async add(name: string, card: Uint8Array, overwrite: boolean): Promise<string> {
    const file = fileName(name);
    if (file === undefined) throw badName(name);
    const path = join(this.#folder, file);
    await writeFileAtomic(path, card, {mode: CARD_FILE_MODE, overwrite});
    return path;
  }
}

/** A contact out of a card's file. @throws FileError, ClientError */
export async function contactFromFile(
  path: string,
  signal: AbortSignal,
): Promise<{readonly card: Uint8Array; readonly contact: Contact}> {
  const card = await readGivenFile(resolve(path), signal);
  return {card, contact: contactOf(card, path)};
}
