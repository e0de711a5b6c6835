import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {FILES} from './files.ts';
import {type Counts, Tally} from './tally.ts';

/**
 * `npm run test:vectors -- DIR`: every case of every vector file in DIR, on each implementation that
 * can express it. Exits 1 on a wrong answer, a file that is unknown or missing, and on counts other
 * than those written down in files.ts.
 */
const SHOWN_FAILURES = 5;

/** All but the note about their sources. */
function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name !== 'README.md')
      .sort();
  } catch {
    return [];
  }
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'nothing';

const totalPassed = ({passed}: Counts): number =>
  Object.values(passed).reduce((sum, count) => sum + count, 0);

/** A file that is no JSON, or of another shape. */
function toFailure(error: unknown): Tally {
  const tally = new Tally();
  tally.failures.push(`cannot be read: ${String(error)}`);
  return tally;
}

/** Prints the line of one file. */
async function runFile(
  directory: string,
  name: string,
): Promise<{readonly passed: number; readonly failed: number}> {
  const known = FILES[name];
  if (known === undefined) {
    console.log(`FAILED  ${name}: unknown file; say in test/vectors/files.ts how to run it`);
    return {passed: 0, failed: 1};
  }
  const tally = await known.run(readFileSync(join(directory, name), 'utf8')).catch(toFailure);
  const counts = tally.counts();
  const failures = [...tally.failures];
  if (!isDeepStrictEqual(counts, known.expected)) {
    failures.push(`expected ${JSON.stringify(known.expected)}, found ${JSON.stringify(counts)}`);
  }
  const {cases, passed, leftOut} = counts;
  const verdict = failures.length === 0 ? 'ok    ' : 'FAILED';
  const summary = `${cases} cases; passed: ${listed(passed)}; left out: ${listed(leftOut)}`;
  console.log(`${verdict}  ${name}: ${summary}`);
  for (const failure of failures.slice(0, SHOWN_FAILURES)) console.log(`        ${failure}`);
  if (failures.length > SHOWN_FAILURES)
    console.log(`        and ${failures.length - SHOWN_FAILURES} more`);
  return {passed: totalPassed(counts), failed: failures.length};
}

async function main(directory: string | undefined): Promise<number> {
  if (directory === undefined) {
    console.log('usage: npm run test:vectors -- DIR');
    return 1;
  }
  const names = listFiles(directory);
  if (names.length === 0) {
    console.log(`FAILED  no vector files in ${directory}`);
    return 1;
  }
  let [passed, failed] = [0, 0];
  for (const name of Object.keys(FILES)) {
    if (names.includes(name)) continue;
    console.log(`FAILED  ${name}: missing in ${directory}`);
    failed += 1;
  }
  for (const name of names) {
    const outcome = await runFile(directory, name);
    passed += outcome.passed;
    failed += outcome.failed;
  }
  if (passed === 0) console.log('FAILED  not one case was run');
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);
