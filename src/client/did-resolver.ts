import {equalBytes, type SessionId} from '../protocol/bytes.ts';
import type {Contact} from './contact-card.ts';
import {type Did, parseDid} from './did.ts';
import {type DidKeys, readDidDocument} from './did-document.ts';
import {ClientError, type ClientErrorCode} from './errors.ts';
import type {HouseRpc} from './house-rpc.ts';

export type ResolvedDid = DidKeys & {
  readonly did: string;
  /** When the identity chain said so, Unix ms. */
  readonly fetchedAtMs: number;
};

export type DidResolverInit = {
  /** The API of the identity chain. */
  readonly identities: Pick<HouseRpc, 'call'>;
  readonly nowMs: () => number;
  /** How long an answer is believed, in ms: an epoch of the chain. */
  readonly cacheMs: number;
};

/** A refusal is asked again after this time, in ms. */
const NEGATIVE_MS = 60_000;
/** Answers that are kept: about 4 MB. */
const MAX_KNOWN = 1024;
/** Questions that are open at one time. */
const MAX_OPEN = 16;

/** What the document or its absence says, and will say again a second later. */
const LASTING: readonly string[] = [
  'CLIENT_DID_UNKNOWN',
  'CLIENT_DID_NOT_PQ',
  'CLIENT_DID_WRONG_KEY',
  'CLIENT_DID_NO_SESSION',
] satisfies readonly ClientErrorCode[];

type Known = {readonly untilMs: number; readonly value: ResolvedDid | ClientError};

/** DIDs to keys, by the identity chain: bounded, and from memory as long as an answer holds. */
export class DidResolver {
  readonly #init: DidResolverInit;
  /** By DID, oldest first. */
  readonly #known = new Map<string, Known>();
  readonly #open = new Map<string, Promise<ResolvedDid>>();

  constructor(init: DidResolverInit) {
    this.#init = init;
  }

  /**
   * @throws ClientError CLIENT_DID_MALFORMED, CLIENT_DID_UNKNOWN, and as `readDidDocument`;
   * CLIENT_NEIGHBOUR_BUSY, or what kept the identity chain from answering
   */
  async resolve(text: string): Promise<ResolvedDid> {
    const parsed = parseDid(text);
    const did = parsed.text;
    const known = this.#known.get(did);
    if (known !== undefined && known.untilMs > this.#init.nowMs()) {
      if (known.value instanceof ClientError) throw known.value;
      return known.value;
    }
    const open = this.#open.get(did);
    if (open !== undefined) return open;
    if (this.#open.size >= MAX_OPEN)
      throw new ClientError('CLIENT_NEIGHBOUR_BUSY', {open: MAX_OPEN});
    const asking = this.#ask(parsed).finally(() => this.#open.delete(did));
    this.#open.set(did, asking);
    return asking;
  }

  async #ask(parsed: Did): Promise<ResolvedDid> {
    const {identities, nowMs, cacheMs} = this.#init;
    const did = parsed.text;
    try {
      const result = await identities
        .call('identity.ResolveIdentity', {did})
        .catch(unknownDid(did));
      const value = {did, ...readDidDocument(result, parsed), fetchedAtMs: nowMs()};
      this.#keep(did, {untilMs: nowMs() + cacheMs, value});
      return value;
    } catch (error) {
      if (error instanceof ClientError && LASTING.includes(error.code)) {
        this.#keep(did, {untilMs: nowMs() + NEGATIVE_MS, value: error});
      }
      throw error;
    }
  }

  #keep(did: string, known: Known): void {
    this.#known.delete(did);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= MAX_KNOWN) this.#known.delete(oldest);
    this.#known.set(did, known);
  }
}

/** The chain's codec has one way to say that it does not know something: a text. */
function unknownDid(did: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ClientError) || error.code !== 'CLIENT_NEIGHBOUR_REFUSED') throw error;
    const {text = ''} = error.details;
    throw new ClientError('CLIENT_DID_UNKNOWN', {did, text}, {cause: error});
  };
}

export type DidContactInit = {
  /** The card that an inbox's owner published, checked against its id. */
  readonly fetchCard: (sessionId: SessionId) => Promise<Contact>;
  /** Takes a key that only the identity chain's server vouches for. */
  readonly allowUnverified: boolean;
};

/**
 * Somebody to write to. What the identity chain says only leads to the inbox: the card found there must
 * be signed by the DID's own key, and names the key to seal for. A server that lies about either key
 * names an inbox for which nobody can sign a card.
 * @throws ClientError CLIENT_DID_UNVERIFIED, CLIENT_DID_WRONG_KEY, CLIENT_NO_CARD
 */
export async function contactOfDid(
  {did, binding, sessionId, signing}: ResolvedDid,
  {fetchCard, allowUnverified}: DidContactInit,
): Promise<Contact> {
  if (binding === 'unverified' && !allowUnverified) {
    throw new ClientError('CLIENT_DID_UNVERIFIED', {did});
  }
  const contact = await fetchCard(sessionId);
  if (!equalBytes(contact.keys.signing, signing)) {
    const problem = 'the inbox that it names is not that of its key';
    throw new ClientError('CLIENT_DID_WRONG_KEY', {did, problem});
  }
  return contact;
}
