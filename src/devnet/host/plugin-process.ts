import {type ChildProcess, spawn} from 'node:child_process';
import type {Readable} from 'node:stream';
import {DevnetError} from '../errors.ts';
import {createOutputTail} from './output-tail.ts';

/** Between SIGTERM and SIGKILL, as the hosts have it. */
export const GRACEFUL_STOP_MS = 5_000;

export type PluginCommand = {
  readonly path: string;
  /** A node starts a plugin without arguments; these are for `node FILE`. */
  readonly args?: readonly string[];
};

export type PluginExit = {readonly code: number | null; readonly signal: NodeJS.Signals | null};

export type PluginProcess = {
  readonly pid: number;
  /** Both pipes are at their end and the process is gone. */
  readonly exited: Promise<PluginExit>;
  /** Resolves with the first of stdout and stderr that ended. A host stops the plugin then. */
  readonly pipeEnded: Promise<'stdout' | 'stderr'>;
  /** The last 64 KiB that the process wrote to either pipe. */
  output(): string;
  /** Starts reading the pipes that `readOutput: false` left alone. */
  resumeOutput(): void;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, 5 s of patience, SIGKILL. Harmless when it is gone. */
  stop(): Promise<PluginExit>;
};

export type PluginProcessInit = {
  readonly command: PluginCommand;
  /** The whole environment: nothing of this process joins it, as with avalanchego. */
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  /** False leaves both pipes unread, for tests of a slow reader, until `resumeOutput`. */
  readonly readOutput?: boolean;
  readonly workingDirectory?: string;
};

function waitForExit(child: ChildProcess): Promise<PluginExit> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({code, signal}));
  });
}

function waitForSpawn(child: ChildProcess, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new DevnetError('DEVNET_SPAWN', {path, cause: String(cause)}, {cause}));
    });
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

function waitForPipeEnd(child: ChildProcess): Promise<'stdout' | 'stderr'> {
  return new Promise((resolve) => {
    child.stdout?.once('close', () => resolve('stdout'));
    child.stderr?.once('close', () => resolve('stderr'));
  });
}

/**
 * Starts the plugin as a node does: an environment of its own, stdin the null device, both other
 * streams as pipes.
 * @throws DevnetError DEVNET_SPAWN when the file cannot be executed.
 */
export async function startPluginProcess(init: PluginProcessInit): Promise<PluginProcess> {
  const {command, env, onOutput, readOutput = true, workingDirectory} = init;
  const child = spawn(command.path, [...(command.args ?? [])], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(workingDirectory === undefined ? {} : {cwd: workingDirectory}),
  });
  const exited = waitForExit(child);
  const pipeEnded = waitForPipeEnd(child);
  const tail = createOutputTail();
  const read = (name: 'stdout' | 'stderr', stream: Readable | null): void => {
    stream?.on('data', (chunk: Buffer) => {
      tail.add(chunk);
      onOutput?.(name, chunk);
    });
    if (!readOutput) stream?.pause();
  };
  read('stdout', child.stdout);
  read('stderr', child.stderr);
  const pid = await waitForSpawn(child, command.path);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    exited,
    pipeEnded,
    output: () => tail.text(),
    resumeOutput() {
      child.stdout.resume();
      child.stderr.resume();
    },
    isRunning,
    signal: (name) => void (isRunning() && child.kill(name)),
    async stop() {
      if (isRunning()) child.kill('SIGTERM');
      const killer = setTimeout(() => isRunning() && child.kill('SIGKILL'), GRACEFUL_STOP_MS);
      const exit = await exited;
      clearTimeout(killer);
      return exit;
    },
  };
}
