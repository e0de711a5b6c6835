import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {promisify} from 'node:util';

export type Command =
  | {readonly type: 'put'; readonly key: string; readonly bytes: number}
  | {readonly type: 'get'; readonly key: string}
  | {readonly type: 'count'};

/** A code is a refusal; `found` is a value's length, or how many entries there are. */
export type Answer = {readonly code?: string; readonly found?: number | undefined};

export type ProcessOptions = {
  /** Largest file that it may write, in bytes. Beyond, the system refuses as on a full disk. */
  readonly mostFileBytes?: number;
  /** A user to become before the folder is opened. */
  readonly user?: number | undefined;
};

const CHILD = join(import.meta.dirname, 'serving-child.ts');

/** A LevelStore and its group commit in a process of its own. */
export class StoreProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** How the opening went. */
  readonly opened: Answer;

  private constructor(child: ChildProcess, opened: Answer) {
    this.#child = child;
    this.opened = opened;
  }

  static async start(folder: string, options: ProcessOptions = {}): Promise<StoreProcess> {
    const {mostFileBytes, user} = options;
    const limit = mostFileBytes === undefined ? [] : [`--fsize=${mostFileBytes}:`];
    const command = [process.execPath, CHILD, folder, ...(user === undefined ? [] : [`${user}`])];
    const child = spawn('prlimit', [...limit, '--', ...command], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [opened] = (await once(child, 'message')) as [Answer];
    return new StoreProcess(child, opened);
  }

  async ask(command: Command): Promise<Answer> {
    const answer = once(this.#child, 'message');
    this.#child.send(command);
    return (await answer)[0] as Answer;
  }

  put(key: string, bytes: number): Promise<Answer> {
    return this.ask({type: 'put', key, bytes});
  }

  /** Lifts the limit on files, as if room had been made. */
  async makeRoom(): Promise<void> {
    await promisify(execFile)('prlimit', ['--pid', String(this.#child.pid), '--fsize=unlimited:']);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
