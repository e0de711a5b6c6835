import type {DaemonPorts} from './ports.ts';

/** How long one look at the disk serves, in ms. */
const FRESH_MS = 5000;

/** Above this part of the least capacity nothing new is taken: a flood cannot fine the innocent. */
const TAKEN_PARTS = 8n;
const PARTS = 10n;

/** Whether a node has room for more, by what its files take. Chain-rules §5.3. */
export class StorageGauge {
  readonly #ports: Pick<DaemonPorts, 'usedBytes' | 'nowMs'>;
  readonly #folder: string;
  readonly #minCapacity: () => bigint;
  #isFull = false;
  #lookedMs = 0;
  #isLooking = false;

  constructor(
    ports: Pick<DaemonPorts, 'usedBytes' | 'nowMs'>,
    {folder, minCapacity}: {readonly folder: string; readonly minCapacity: () => bigint},
  ) {
    this.#ports = ports;
    this.#folder = folder;
    this.#minCapacity = minCapacity;
  }

  /** From memory; a look that has grown old is renewed in the background. */
  isFull(): boolean {
    const isOld = this.#ports.nowMs() - this.#lookedMs >= FRESH_MS;
    if (isOld && !this.#isLooking) void this.look();
    return this.#isFull;
  }

  async look(): Promise<void> {
    this.#isLooking = true;
    try {
      const used = await this.#ports.usedBytes(this.#folder);
      this.#isFull = used * PARTS >= this.#minCapacity() * TAKEN_PARTS;
    } catch {
      // A folder that cannot be read says nothing; writing to it will.
    } finally {
      this.#lookedMs = this.#ports.nowMs();
      this.#isLooking = false;
    }
  }
}
