/** What the end of the process depends on, so that tests can play it. */
export type LifecyclePorts = {
  exit(code: number): void;
  parentPid(): number;
  /** Whether the node still answers, asked only while it has no connection to us. */
  isHostAlive(): Promise<boolean>;
  log(reason: string): void;
};

/** After Shutdown was answered, the node has this long to stop the process itself. */
const EXIT_AFTER_SHUTDOWN_MS = 2000;
/** How often the parent is looked at: a node that dies without a word is noticed by this. */
const PARENT_CHECK_MS = 2000;
/** A node without any connection may be reconnecting; then it is asked for a sign of life. */
const RECONNECT_MS = 4000;

const EXIT_OK = 0;
const EXIT_HOST_GONE = 1;

/**
 * When the process ends. The node's signals are not obeyed before Shutdown: a terminal's Ctrl-C
 * reaches the whole process group, and Linux may send SIGTERM when a thread of the node ends.
 * Therefore a node that is gone has to be noticed by other signs. Host-protocol §1.9.
 */
export class Lifecycle {
  readonly #ports: LifecyclePorts;
  readonly #firstParent: number;
  readonly #parentCheck: NodeJS.Timeout;
  #lostCheck: NodeJS.Timeout | undefined;
  #exitTimer: NodeJS.Timeout | undefined;
  #connections = 0;
  #shutdown: 'no' | 'received' | 'answered' = 'no';

  constructor(ports: LifecyclePorts) {
    this.#ports = ports;
    this.#firstParent = ports.parentPid();
    this.#parentCheck = setInterval(() => this.#checkParent(), PARENT_CHECK_MS);
    this.#parentCheck.unref();
  }

  #checkParent(): void {
    if (this.#ports.parentPid() !== this.#firstParent) this.hostGone('the parent process ended');
  }

  /** The node's end of stdout or stderr is closed, or another sure sign that nobody needs us. */
  hostGone(reason: string): void {
    const isExpected = this.#shutdown !== 'no';
    if (!isExpected) this.#ports.log(reason);
    this.#end(isExpected ? EXIT_OK : EXIT_HOST_GONE);
  }

  onTerminate(): void {
    if (this.#shutdown === 'answered') this.#end(EXIT_OK);
    // Between receipt and answer the node would wait for a reply on a broken connection.
    else if (this.#shutdown === 'received') this.#exitWithin(EXIT_AFTER_SHUTDOWN_MS);
  }

  connectionOpened(): void {
    this.#connections += 1;
    clearTimeout(this.#lostCheck);
  }

  connectionClosed(): void {
    this.#connections -= 1;
    if (this.#connections > 0) return;
    if (this.#shutdown === 'answered') this.#end(EXIT_OK);
    else this.#watchLostHost();
  }

  #watchLostHost(): void {
    clearTimeout(this.#lostCheck);
    this.#lostCheck = setTimeout(() => void this.#checkHost(), RECONNECT_MS);
  }

  async #checkHost(): Promise<void> {
    const isAlive = await this.#ports.isHostAlive();
    if (this.#connections > 0) return;
    if (isAlive) this.#watchLostHost();
    else this.hostGone('the node closed its connections and does not answer');
  }

  shutdownReceived(): void {
    if (this.#shutdown === 'no') this.#shutdown = 'received';
  }

  /** The reply is on its way. */
  shutdownAnswered(): void {
    this.#shutdown = 'answered';
    if (this.#connections === 0) this.#end(EXIT_OK);
    else this.#exitWithin(EXIT_AFTER_SHUTDOWN_MS);
  }

  #exitWithin(delayMs: number): void {
    this.#exitTimer ??= setTimeout(() => this.#end(EXIT_OK), delayMs);
  }

  #end(code: number): void {
    clearInterval(this.#parentCheck);
    clearTimeout(this.#lostCheck);
    clearTimeout(this.#exitTimer);
    this.#ports.exit(code);
  }
}
