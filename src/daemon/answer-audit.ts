import {nodeIdFromString} from '../crypto/ids.ts';
import {MessagingError} from '../messaging/errors.ts';
import type {DutiesInfo} from '../protocol/api.ts';
import {bytesToHex} from '../protocol/bytes.ts';
import {cutOf, hashOf, setOf} from './duties-view.ts';
import type {DutyLedger} from './duty-ledger.ts';
import {isPassing, type PersistentClient} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';
import type {StoredSetSource} from './stored-set-source.ts';

type Components = {
  readonly chain: PersistentClient;
  readonly sets: StoredSetSource;
  readonly ledger: Pick<DutyLedger, 'noteDoubts'>;
  readonly ports: Pick<DaemonPorts, 'logger'>;
};

/**
 * Computes the answers of the other members of the swarm on W_e, and says whose differs: that node
 * does not hold what it committed to. What is found is this node's dissent in the next epoch.
 * Chain-rules §5.1, SPEC.md §7.7.
 */
export class AnswerAudit {
  readonly #components: Components;
  #auditedEpoch = '';

  constructor(components: Components) {
    this.#components = components;
  }

  /** Once an epoch, when its answers are in. Answers the NodeIDs whose answer differs. */
  async run(duties: DutiesInfo, signal: AbortSignal): Promise<readonly string[]> {
    const {epoch, w, mix} = duties;
    if (this.#auditedEpoch === epoch || w === null || w === undefined || mix === null) return [];
    this.#auditedEpoch = epoch;
    const others = duties.members.filter((member) => member !== duties.nodeId);
    const differing: string[] = [];
    try {
      for (const nodeId of others) {
        if (await this.#differs(duties, {nodeId, w, mix}, signal)) differing.push(nodeId);
      }
    } catch (error) {
      const isExpected = isPassing(error) || error instanceof MessagingError;
      if (signal.aborted || !isExpected) throw error;
      this.#components.ports.logger.warn('audit.failed', {epoch, reason: error.message});
      return differing;
    }
    const facts = {epoch, members: others.length, differing: differing.join(' ')};
    const nodeIds = differing.map(nodeIdFromString);
    await this.#components.ledger.noteDoubts({epoch: BigInt(epoch), nodeIds});
    if (differing.length > 0) this.#components.ports.logger.warn('audit.differs', facts);
    return differing;
  }

  async #differs(
    duties: DutiesInfo,
    {
      nodeId,
      w,
      mix,
    }: {
      readonly nodeId: string;
      readonly w: NonNullable<DutiesInfo['w']>;
      readonly mix: string;
    },
    signal: AbortSignal,
  ): Promise<boolean> {
    const {chain, sets} = this.#components;
    const {accepted, epoch, joining} = await chain.ask('getDuties', {nodeId}, signal);
    const given = accepted.answer?.answer;
    // Silence is the chain's to judge; an epoch that has turned meanwhile has nothing to compare.
    // A newcomer's answer is not judged yet.
    if (given === undefined || joining || epoch !== duties.epoch) return false;
    const seed = {mix: hashOf(mix), w: hashOf(w.c), nodeId: nodeIdFromString(nodeId)};
    const expected = await sets.answer(cutOf(duties), seed, setOf(w));
    return given !== `0x${bytesToHex(expected)}`;
  }
}
