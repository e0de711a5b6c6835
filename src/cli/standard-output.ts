import {fstatSync, writeSync} from 'node:fs';
import process from 'node:process';
import {CliError} from './errors.ts';

/** Pipes and terminals take all that they are given; their stream says when. */
function isStream(): boolean {
  const kind = fstatSync(process.stdout.fd);
  return process.stdout.isTTY || kind.isFIFO() || kind.isSocket();
}

/** A disk takes what it has room for, without an error: the rest is written again, until there is one. */
function writeToFile(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(process.stdout.fd, bytes, at);
}

function writeToStream(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Resolves when stdout has all of it.
 * @throws CliError CLI_OUTPUT_FAILED
 */
export async function writeOutput(text: string): Promise<void> {
  try {
    if (isStream()) await writeToStream(text);
    else writeToFile(text);
  } catch (cause) {
    const {code: reason = 'unknown'} = cause as NodeJS.ErrnoException;
    throw new CliError('CLI_OUTPUT_FAILED', {reason}, {cause});
  }
}
