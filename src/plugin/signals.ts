import process from 'node:process';
import type {Lifecycle} from './lifecycle.ts';

type Watched = Pick<Lifecycle, 'onTerminate' | 'hostGone'>;

let current: Watched | undefined;

/** From the first moment: no signal ends the process until a lifecycle says so. */
export function ignoreSignals(): void {
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  process.on('SIGTERM', () => current?.onTerminate());
}

/**
 * Hands the signals and the standard streams to the lifecycle. Node, unlike Go, does not die of a
 * write to a closed pipe; the node that read it is gone then.
 */
export function watchStreams(lifecycle: Watched): void {
  current = lifecycle;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => lifecycle.hostGone('the node closed an output stream'));
  }
}
