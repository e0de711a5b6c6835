import {sessionIdOf} from '../crypto/ids.ts';
import {verifySignatureAsync} from '../crypto/ml-dsa.ts';
import {type OwnerRequest, ownerClaimBytes} from '../crypto/owner-claim.ts';
import {
  bytesToKey,
  equalBytes,
  type SessionId,
  toKemPublicKey,
  toSigningPublicKey,
} from '../protocol/bytes.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {type OwnerAuth, type OwnerKeys, REQUEST_WINDOW_MS} from '../protocol/overlay/owner-auth.ts';
import {CheckBarrier} from './check-barrier.ts';
import type {Defer} from './defer.ts';
import {MessagingError} from './errors.ts';

/** Accounts whose keys are remembered: 3 136 bytes each. */
const KNOWN_ACCOUNTS = 4096;
/** Nonces of one half of the replay window; above it requests are refused, never forgotten. */
const MAX_NONCES = 200_000;

type SigningKey = OwnerKeys['signing'];

/**
 * Nonces seen, for as long as their requests could be accepted: two halves, of which the older is
 * thrown away when the newer has lasted one whole window (from the past to the future end of it).
 */
class ReplayCache {
  #older = new Set<string>();
  #newer = new Set<string>();
  #turnsAtMs = 0n;

  /** @throws MessagingError MESSAGING_REPLAYED; MESSAGING_NOT_READY when too many came. */
  add(name: string, nowMs: bigint): void {
    if (nowMs >= this.#turnsAtMs) {
      this.#older = nowMs >= this.#turnsAtMs + 2n * REQUEST_WINDOW_MS ? new Set() : this.#newer;
      this.#newer = new Set();
      this.#turnsAtMs = nowMs + 2n * REQUEST_WINDOW_MS;
    }
    if (this.#older.has(name) || this.#newer.has(name)) {
      throw new MessagingError('MESSAGING_REPLAYED');
    }
    if (this.#newer.size >= MAX_NONCES) {
      throw new MessagingError('MESSAGING_NOT_READY', {reason: 'too many requests'});
    }
    this.#newer.add(name);
  }
}

const isSame = (a: OwnerKeys, b: OwnerKeys): boolean =>
  a === b || (equalBytes(a.signing, b.signing) && equalBytes(a.kem, b.kem));

/** What came over the network may be a view of a whole frame. */
const copyOf = ({signing, kem}: OwnerKeys): OwnerKeys => ({
  signing: toSigningPublicKey(signing.slice()),
  kem: toKemPublicKey(kem.slice()),
});

/**
 * Decides whether a request comes from the inbox's owner: keys that give the account, a signature
 * over the whole request, a time near ours and a nonce that is new. SPEC.md §15.5.
 */
export class OwnerGate {
  readonly #nowMs: () => number;
  readonly #known = new Map<string, OwnerKeys>();
  readonly #replays = new ReplayCache();
  readonly #checks: CheckBarrier;

  constructor({nowMs}: {readonly nowMs: () => number}, defer: Defer) {
    this.#nowMs = nowMs;
    this.#checks = new CheckBarrier(defer);
  }

  /**
   * Both keys of an account: those in the request, else those remembered.
   * @throws MessagingError MESSAGING_KEYS_NEEDED, MESSAGING_WRONG_KEYS
   */
  #keysOf(account: SessionId, auth: OwnerAuth): OwnerKeys {
    const known = this.#known.get(bytesToKey(account));
    const keys = auth.keys ?? known;
    if (keys === undefined) throw new MessagingError('MESSAGING_KEYS_NEEDED');
    // PERF: the hash over both costs half as much as the signature's check.
    if (known !== undefined && isSame(keys, known)) return known;
    if (!equalBytes(sessionIdOf(keys.kem, keys.signing), account)) {
      throw new MessagingError('MESSAGING_WRONG_KEYS');
    }
    return keys;
  }

  /**
   * Both keys that another member's write brings. Those remembered do not stand in for them: the write is
   * passed on as it came, to members that may not know them.
   * @throws MessagingError MESSAGING_KEYS_NEEDED, MESSAGING_WRONG_KEYS
   */
  broughtKeys(account: SessionId, auth: OwnerAuth): OwnerKeys {
    if (auth.keys === undefined) throw new MessagingError('MESSAGING_KEYS_NEEDED');
    return this.#keysOf(account, auth);
  }

  #remember(account: SessionId, keys: OwnerKeys): void {
    const name = bytesToKey(account);
    const known = this.#known.get(name);
    this.#known.delete(name);
    this.#known.set(name, known ?? copyOf(keys));
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KNOWN_ACCOUNTS) break;
      this.#known.delete(oldest);
    }
  }

  async #requireSigned<P>(
    request: OwnerRequest<P>,
    auth: OwnerAuth,
    publicKey: SigningKey,
  ): Promise<void> {
    const claim = {
      publicKey,
      context: SIGNATURE_CONTEXT.request,
      message: ownerClaimBytes(request, auth),
      signature: auth.signature,
    };
    const isSigned = await this.#checks.during(() => verifySignatureAsync(claim));
    if (!isSigned) throw new MessagingError('MESSAGING_BAD_SIGNATURE');
  }

  /**
   * A request made just now, to this node. Answers the owner's keys, for passing the request on.
   * @throws MessagingError MESSAGING_AUTH_REQUIRED, MESSAGING_REQUEST_EXPIRED, MESSAGING_KEYS_NEEDED,
   * MESSAGING_WRONG_KEYS, MESSAGING_BAD_SIGNATURE, MESSAGING_REPLAYED
   */
  async admit<P>(request: OwnerRequest<P>, auth: OwnerAuth | undefined): Promise<OwnerKeys> {
    if (auth === undefined) throw new MessagingError('MESSAGING_AUTH_REQUIRED');
    const nowMs = BigInt(this.#nowMs());
    const distanceMs = auth.timeMs > nowMs ? auth.timeMs - nowMs : nowMs - auth.timeMs;
    if (distanceMs > REQUEST_WINDOW_MS) {
      throw new MessagingError('MESSAGING_REQUEST_EXPIRED', {distanceMs, nowMs});
    }
    const keys = this.#keysOf(request.account, auth);
    await this.#requireSigned(request, auth, keys.signing);
    // After the signature: a stranger cannot use up the owner's nonces, nor the cache.
    this.#replays.add(bytesToKey(request.account) + bytesToKey(auth.nonce), nowMs);
    this.#remember(request.account, keys);
    return keys;
  }

  /**
   * As `admit`, for what goes to the disk next: those whose signatures are checked at the same time go on in
   * one turn of the event loop. PERF: so a burst has one sync, which would queue behind its checks anyway.
   */
  async admitWrite<P>(request: OwnerRequest<P>, auth: OwnerAuth | undefined): Promise<OwnerKeys> {
    const keys = await this.admit(request, auth);
    await this.#checks.pass();
    return keys;
  }

  /**
   * A write that another member admitted, whenever that was: it must carry the keys. It waits as `admitWrite`
   * does.
   * @throws MessagingError MESSAGING_AUTH_REQUIRED, MESSAGING_KEYS_NEEDED, MESSAGING_WRONG_KEYS,
   * MESSAGING_BAD_SIGNATURE
   */
  async confirm<P>(request: OwnerRequest<P>, auth: OwnerAuth | undefined): Promise<void> {
    if (auth === undefined) throw new MessagingError('MESSAGING_AUTH_REQUIRED');
    const {signing} = this.broughtKeys(request.account, auth);
    await this.#requireSigned(request, auth, signing);
    await this.#checks.pass();
  }
}
