import {ApiError} from '../client/errors.ts';
import type {SignedTx} from '../client/transactions.ts';
import {idToString, nodeIdToString} from '../crypto/ids.ts';
import {MessagingError} from '../messaging/errors.ts';
import type {ChainClient, DutiesInfo} from '../protocol/api.ts';
import {bytesToHex, hexToBytes, type NodeId, toHash} from '../protocol/bytes.ts';
import type {AnswerAudit} from './answer-audit.ts';
import {pauseMs} from './chain-clock.ts';
import type {ChainView} from './chain-view.ts';
import type {DutyDrafts} from './duty-drafts.ts';
import type {DutyLedger} from './duty-ledger.ts';
import type {DutyDraft, DutySigner} from './duty-signer.ts';
import {DaemonError} from './errors.ts';
import type {NodeMetrics} from './metrics.ts';
import {dutyIds, findForeignTrace} from './own-duties.ts';
import {isPassing, type PersistentClient} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';
import {isRefusedWrite} from './refused-write.ts';
import type {Reveals} from './reveals.ts';
import type {WitnessProbes} from './witness-probes.ts';

/** Signed duties of this many epochs stay in the ledger. */
const LEDGER_EPOCHS = 720n;

/** Tries of revision 1 in one epoch: each asks members for the leaves of the larger groups. */
const MOST_MOVES = 8;

/** Refusals that only say that the duty is on its way, or that its window has just moved on. */
const HARMLESS: readonly string[] = [
  'TX_ALREADY_KNOWN',
  'TX_DUPLICATE_DUTY',
  'TX_WRONG_EPOCH',
  'TX_WRONG_PHASE',
];

type Slot = keyof DutiesInfo['accepted'];

type Components = {
  readonly client: ChainClient;
  readonly chain: PersistentClient;
  readonly ledger: DutyLedger;
  readonly signer: DutySigner;
  readonly drafts: DutyDrafts;
  readonly reveals: Reveals;
  readonly audit: AnswerAudit;
  /** Who the members are; it follows the chain at its own pace. */
  readonly view: Pick<ChainView, 'reach'>;
  readonly probes: Pick<WitnessProbes, 'observe'>;
  readonly metrics: Pick<NodeMetrics, 'dutySent'>;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep'>;
};

type Init = {
  readonly nodeId: NodeId;
  readonly epochSeconds: number;
  readonly takeOver: boolean;
};

/**
 * Does a node's duties. Every look at the chain starts from nothing: what is due and not accepted is
 * signed once, written down, sent, and sent again until it is accepted or its window is over. So a
 * restart of this process, of the chain, or of both needs no further care.
 */
export class DutyRunner {
  readonly #components: Components;
  readonly #init: Init;
  #epoch: bigint | undefined;
  #accepted = new Set<Slot>();
  /** Whether round B of the running epoch needs no move, or no further try. */
  #isSettled = false;
  #moves = 0;
  #mayTakeOver: boolean;

  constructor(components: Components, init: Init) {
    this.#components = components;
    this.#init = init;
    this.#mayTakeOver = init.takeOver;
  }

  /**
   * Runs until the signal aborts, and rejects with its reason.
   * @throws DaemonError DAEMON_KEY_IN_USE_ELSEWHERE and others after which nothing may be signed.
   */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) await this.#components.ports.sleep(await this.step(signal), signal);
  }

  /** One look at the chain and what follows from it; answers the pause before the next, in ms. */
  async step(signal: AbortSignal): Promise<number> {
    const nodeId = nodeIdToString(this.#init.nodeId);
    const duties = await this.#components.chain.ask('getDuties', {nodeId}, signal);
    const isUrgent = await this.#handle(duties, signal).catch((error: unknown) => {
      // Nothing was sent that is not written down: the node goes on, and tries again.
      if (!isRefusedWrite(error)) throw error;
      const facts = {epoch: duties.epoch, reason: error.message};
      this.#components.ports.logger.warn('ledger.failed', facts);
      return true;
    });
    return pauseMs(duties, this.#init.epochSeconds, isUrgent);
  }

  async #handle(duties: DutiesInfo, signal: AbortSignal): Promise<boolean> {
    if (!duties.registered || duties.hashChainTip === null) return false;
    const tipPosition = await this.#components.reveals.positionOf(
      toHash(hexToBytes(duties.hashChainTip)),
    );
    await this.#turnTo(BigInt(duties.epoch));
    await this.#refuseSharedKey(duties, tipPosition);
    this.#noteAccepted(duties);
    this.#components.probes.observe(duties);
    const takenOver = await this.#components.ledger.takenOver();
    if (!duties.hasDuties || BigInt(duties.epoch) <= (takenOver ?? -1n)) return false;
    return this.#doDuty(duties, tipPosition, signal);
  }

  async #turnTo(epoch: bigint): Promise<void> {
    if (this.#epoch === epoch) return;
    this.#epoch = epoch;
    this.#accepted = new Set();
    this.#isSettled = false;
    this.#moves = 0;
    if (epoch > LEDGER_EPOCHS) await this.#components.ledger.prune(epoch - LEDGER_EPOCHS);
  }

  /** A copied key would be equivocation sooner or later, so this node is the one that stops. */
  async #refuseSharedKey(duties: DutiesInfo, tipPosition: number): Promise<void> {
    const {ledger, ports, reveals} = this.#components;
    const trace = await findForeignTrace(duties, ledger, {tipPosition, steps: reveals.steps});
    const mayTakeOver = this.#mayTakeOver;
    this.#mayTakeOver = false;
    if (trace === undefined) return;
    const facts = {nodeId: duties.nodeId, epoch: trace.epoch, found: trace.what};
    if (!mayTakeOver) throw new DaemonError('DAEMON_KEY_IN_USE_ELSEWHERE', facts);
    await ledger.takeOver(trace.epoch, tipPosition);
    ports.logger.warn('duty.taken-over', {...facts, dutiesFrom: trace.epoch + 1n});
  }

  #noteAccepted({accepted, epoch}: DutiesInfo): void {
    for (const [slot, record] of Object.entries(accepted) as [
      Slot,
      DutiesInfo['accepted'][Slot],
    ][]) {
      if (record === null || this.#accepted.has(slot)) continue;
      this.#accepted.add(slot);
      this.#components.ports.logger.info('duty.accepted', {duty: slot, epoch, txId: record.txId});
    }
  }

  /** Answers whether a duty is under way. */
  async #doDuty(duties: DutiesInfo, tipPosition: number, signal: AbortSignal): Promise<boolean> {
    const {drafts} = this.#components;
    const {accepted} = duties;
    switch (duties.phase) {
      case 'roundA':
        if (accepted.roundA !== null) return false;
        return this.#fulfil(duties, 'roundA', signal, () =>
          drafts.roundA(duties, tipPosition, signal),
        );
      case 'roundB':
        if (accepted.roundA === null || accepted.roundB !== null || this.#isSettled) return false;
        return this.#fulfil(duties, 'roundB', signal, () => this.#move(duties, signal));
      case 'answers':
        if (accepted.answer !== null || duties.w === undefined) return false;
        return this.#fulfil(duties, 'answer', signal, () => drafts.answer(duties, signal));
      case 'rest':
        await this.#components.audit.run(duties, signal);
        return false;
    }
  }

  /** What could not be fetched at one look may be there at the next. */
  async #move(duties: DutiesInfo, signal: AbortSignal): Promise<DutyDraft | undefined> {
    if (this.#moves === MOST_MOVES) return undefined;
    this.#moves += 1;
    return this.#components.drafts.roundB(duties, signal);
  }

  async #fulfil(
    duties: DutiesInfo,
    slot: Slot,
    signal: AbortSignal,
    createDraft: () => Promise<DutyDraft | undefined>,
  ): Promise<boolean> {
    const {signer, ports, view} = this.#components;
    try {
      await view.reach(BigInt(duties.epoch), signal);
      const signed = await signer.once(dutyIds(BigInt(duties.epoch))[slot], createDraft);
      if (signed === undefined) {
        this.#isSettled = true;
        return false;
      }
      await this.#send(signed, slot, signal);
    } catch (error) {
      const isExpected = isPassing(error) || error instanceof MessagingError;
      if (signal.aborted || !isExpected) throw error;
      ports.logger.warn('duty.failed', {duty: slot, epoch: duties.epoch, reason: error.message});
    }
    return true;
  }

  async #send({bytes, txId}: SignedTx, slot: Slot, signal: AbortSignal): Promise<void> {
    const {client, metrics, ports} = this.#components;
    try {
      await client.call('issueTx', {tx: `0x${bytesToHex(bytes)}`}, signal);
      metrics.dutySent(slot);
      ports.logger.info('duty.sent', {duty: slot, txId: idToString(txId)});
    } catch (error) {
      if (!(error instanceof ApiError) || !HARMLESS.includes(error.reason)) throw error;
    }
  }
}
