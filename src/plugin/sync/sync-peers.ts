import {bytesToKey, type NodeId} from '../../protocol/bytes.ts';
import type {ConnectedPeers} from '../peers/connected-peers.ts';
import type {PeerRequests} from '../peers/peer-requests.ts';

/** What asking a peer has come to. */
export type Outcome =
  | 'good'
  /** No answer: slow, busy, or gone. */
  | 'failed'
  /** It has not got this state, or not any more. */
  | 'lacking'
  /** An answer that is not true, or none that an honest node gives. */
  | 'lied';

export type SyncPeersInit = {
  readonly peers: Pick<ConnectedPeers, 'list'>;
  readonly requests: Pick<PeerRequests, 'hasRoomFor'>;
  monotonicMs(): bigint;
};

type Standing = {
  inWork: number;
  failures: number;
  restsUntilMs: bigint;
  /** How long the last good answer took. */
  answerMs: number;
  /** Undefined before the first answer. */
  last: Outcome | undefined;
};

type Candidate = {readonly nodeId: NodeId; readonly standing: Standing};

/** One request less than `PeerRequests` allows: gossip goes on. */
const MAX_IN_WORK = 3;
/** Requests to all those together who have not answered well, as long as others have: they may be slow on purpose. */
const MAX_ON_TRIAL = 4;
const MAX_REMEMBERED = 1024;
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 30_000;
const LACKING_REST_MS = 10_000;
const LIAR_REST_MS = 600_000;

/** Whom a state sync asks next: those with the least to do, none of those who lied or failed lately. */
export class SyncPeers {
  readonly #init: SyncPeersInit;
  /** Also of peers that are gone: connecting again forgives nothing. */
  readonly #standings = new Map<string, Standing>();

  constructor(init: SyncPeersInit) {
    this.#init = init;
  }

  #standingOf(peer: string): Standing {
    const found = this.#standings.get(peer);
    if (found !== undefined) return found;
    const standing = {inWork: 0, failures: 0, restsUntilMs: 0n, answerMs: 0, last: undefined};
    this.#standings.set(peer, standing);
    if (this.#standings.size > MAX_REMEMBERED) this.#forgetOne();
    return standing;
  }

  #forgetOne(): void {
    for (const [peer, {inWork}] of this.#standings) {
      if (inWork > 0) continue;
      this.#standings.delete(peer);
      return;
    }
  }

  /** A peer to ask now, and counts it as asked: of those who answer well the quickest. */
  take(): NodeId | undefined {
    const {peers, requests, monotonicMs} = this.#init;
    const nowMs = monotonicMs();
    const candidates: Candidate[] = [];
    let [onTrial, good] = [0, 0];
    for (const nodeId of peers.list()) {
      const standing = this.#standingOf(bytesToKey(nodeId));
      if (standing.last === 'good') good += 1;
      else onTrial += standing.inWork;
      const limit = standing.last === 'good' ? MAX_IN_WORK : 1;
      const isFree = standing.restsUntilMs <= nowMs && standing.inWork < limit;
      if (isFree && requests.hasRoomFor(nodeId)) candidates.push({nodeId, standing});
    }
    const isTrialFull = good > 0 && onTrial >= MAX_ON_TRIAL;
    const choice = isTrialFull
      ? candidates.filter(({standing}) => standing.last === 'good')
      : candidates;
    const best = quickest(choice);
    if (best === undefined) return undefined;
    best.standing.inWork += 1;
    return best.nodeId;
  }

  /** A peer that was taken was not asked after all. */
  giveBack(nodeId: NodeId): void {
    this.#standingOf(bytesToKey(nodeId)).inWork -= 1;
  }

  /** A peer that was taken has been asked; it took so long. */
  ended(nodeId: NodeId, outcome: Outcome, tookMs: bigint): void {
    this.giveBack(nodeId);
    const peer = bytesToKey(nodeId);
    if (outcome === 'good') this.#standingOf(peer).answerMs = Number(tookMs);
    this.judge(peer, outcome);
  }

  /** @param peer `bytesToKey` of its id. */
  judge(peer: string, outcome: Outcome): void {
    const standing = this.#standingOf(peer);
    // What a liar answered well meanwhile does not clear it.
    if (standing.last === 'lied' && standing.restsUntilMs > this.#init.monotonicMs()) return;
    standing.last = outcome;
    standing.failures = outcome === 'failed' ? standing.failures + 1 : 0;
    standing.restsUntilMs = this.#init.monotonicMs() + BigInt(restOf(standing));
  }

  /** Whether there are peers, and none of them has the state. */
  get allLack(): boolean {
    const outcomes = this.#init.peers
      .list()
      .map((nodeId) => this.#standingOf(bytesToKey(nodeId)).last);
    return outcomes.length > 0 && outcomes.every((last) => last === 'lacking' || last === 'lied');
  }
}

/** Who would answer first, as far as is known; who is new comes first, or would never be known. */
function quickest(choice: readonly Candidate[]): Candidate | undefined {
  const waitMs = ({standing}: Candidate): number => (standing.inWork + 1) * standing.answerMs;
  let best: Candidate | undefined;
  for (const one of choice) {
    if (best === undefined || waitMs(one) < waitMs(best)) best = one;
  }
  return best;
}

function restOf({last, failures}: Standing): number {
  if (last === 'good') return 0;
  if (last === 'lacking') return LACKING_REST_MS;
  if (last === 'lied') return LIAR_REST_MS;
  return Math.min(FIRST_REST_MS * 2 ** Math.min(failures - 1, 10), LONGEST_REST_MS);
}
