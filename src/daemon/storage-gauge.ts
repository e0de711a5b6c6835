import type {DaemonPorts} from './ports.ts';

/** How long one look at the disk serves, in ms. */
const FRESH_MS = 5000;

/** Above this part of the least capacity nothing new is taken: a flood cannot fine the innocent. */
const TAKEN_PARTS = 8n;
const PARTS = 10n;

/** An error of the operating system, as Node tells of it. */
const isOfTheDisk = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

export type GaugeInit = {
  readonly folder: string;
  readonly minCapacity: () => bigint;
  /** What a look in the background threw that is not of the disk. */
  readonly onError: (error: unknown) => void;
};

/** Whether a node has room for more, by what its files take. Chain-rules §5.3. */
export class StorageGauge {
  readonly #ports: Pick<DaemonPorts, 'usedBytes' | 'nowMs'>;
  readonly #init: GaugeInit;
  #isFull = false;
  #lookedMs = 0;
  #isLooking = false;

  constructor(ports: Pick<DaemonPorts, 'usedBytes' | 'nowMs'>, init: GaugeInit) {
    this.#ports = ports;
    this.#init = init;
  }

  /** From memory; a look that has grown old is renewed in the background. */
  isFull(): boolean {
    const isOld = this.#ports.nowMs() - this.#lookedMs >= FRESH_MS;
    if (isOld && !this.#isLooking) this.look().catch(this.#init.onError);
    return this.#isFull;
  }

  async look(): Promise<void> {
    const {folder, minCapacity} = this.#init;
    this.#isLooking = true;
    try {
      const used = await this.#ports.usedBytes(folder);
      this.#isFull = used * PARTS >= minCapacity() * TAKEN_PARTS;
    } catch (error) {
      // A folder that cannot be read says nothing; writing to it will.
      if (!isOfTheDisk(error)) throw error;
    } finally {
      this.#lookedMs = this.#ports.nowMs();
      this.#isLooking = false;
    }
  }
}
