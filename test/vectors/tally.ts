import {bytesToHex} from '../../src/protocol/bytes.ts';

/** What came of one file: checks by implementation, and cases that one cannot express, by reason. */
export type Counts = {
  readonly cases: number;
  readonly passed: Readonly<Record<string, number>>;
  readonly leftOut: Readonly<Record<string, number>>;
};

/** Counts the checks of one file. */
export class Tally {
  readonly failures: string[] = [];
  readonly #passed: Record<string, number> = {};
  readonly #leftOut: Record<string, number> = {};
  #cases = 0;

  beginCase(): void {
    this.#cases += 1;
  }

  /** Runs one check; `false` or an exception is a failure. */
  async check(
    implementation: string,
    id: string | number,
    run: () => boolean | Promise<boolean>,
  ): Promise<void> {
    let outcome = 'wrong answer';
    try {
      if (await run()) {
        this.#passed[implementation] = (this.#passed[implementation] ?? 0) + 1;
        return;
      }
    } catch (error) {
      outcome = String(error);
    }
    this.failures.push(`case ${id}, ${implementation}: ${outcome}`);
  }

  leaveOut(implementation: string, reason: string): void {
    const key = `${implementation}: ${reason}`;
    this.#leftOut[key] = (this.#leftOut[key] ?? 0) + 1;
  }

  counts(): Counts {
    return {cases: this.#cases, passed: this.#passed, leftOut: this.#leftOut};
  }
}

/** Whether bad input is turned down, by an answer or by an exception. */
export function isRefused(run: () => unknown): boolean {
  try {
    return run() === false;
  } catch {
    return true;
  }
}

export function isHex(bytes: Uint8Array, hex: string): boolean {
  return bytesToHex(bytes) === hex;
}
