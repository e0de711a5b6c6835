import {execFile} from 'node:child_process';
import {cp, mkdtemp, readFile, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

/**
 * `npm run test:teeth`: a law whose test cannot fail guards nothing. Each patch breaks the code in one
 * place, in a copy; the named test must go red there, and must be green without the patch.
 */
type Law = {
  readonly patch: string;
  /** Beginning of the test's name. */
  readonly law: string;
  readonly breaks: string;
  /** Where its test is; `SUITE` unless said. */
  readonly suite?: string;
};

const MESSENGER = 'test/messaging/laws.property.test.ts';

const LAWS: readonly Law[] = [
  {patch: 'conservation', law: 'Conservation', breaks: 'a transfer credits without a debit'},
  {patch: 'replay', law: 'Replay', breaks: 'the state depends on how often the process worked'},
  {patch: 'isolation', law: 'Isolation', breaks: 'a batch changes nodes that older states share'},
  {
    patch: 'buildable',
    law: 'Buildable',
    breaks: 'the builder takes the root before its transactions',
  },
  {patch: 'canonical', law: 'Canonical', breaks: 'a decoder ignores trailing bytes'},
  {patch: 'partition', law: 'Partition', breaks: 'a seat is written for another swarm'},
  {patch: 'stability', law: 'Stability', breaks: 'a node changes its swarm every epoch'},
  {patch: 'no-replay', law: 'No replay', breaks: 'a transaction does not spend its nonce'},
  {patch: 'bounds', law: 'Bounds', breaks: 'a score passes 100 %'},
  {
    patch: 'completeness',
    law: 'Completeness',
    breaks: 'a prefix proof may go on past its prefix, and so hide members',
    suite: 'test/vm/state/prefix-proof.property.test.ts',
  },
  {
    patch: 'inbox',
    law: 'Inbox',
    breaks: 'a message is shown at the instant of its end',
    suite: MESSENGER,
  },
  {
    patch: 'acknowledged',
    law: 'Acknowledged means durable',
    breaks: 'one member fewer than a majority is enough',
    suite: MESSENGER,
  },
  {
    patch: 'deleted',
    law: 'Deleted means deleted',
    breaks: 'a tombstone keeps nothing away',
    suite: MESSENGER,
  },
  {
    patch: 'bad-input',
    law: 'Bad input',
    breaks: 'an operation that is refused takes others with it',
    suite: MESSENGER,
  },
];

const ROOT = join(import.meta.dirname, '..', '..');
const COPIED = ['src', 'test', 'proto', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const SUITE = 'test/vm/laws.property.test.ts';
const TIMEOUT_MS = 240_000;

const run = promisify(execFile);

type Outcome = {readonly title: string; readonly status: string; readonly failure: string};

async function makeCopy(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'sessionvm-teeth-'));
  for (const name of COPIED) {
    await cp(join(ROOT, name), join(copy, name), {recursive: true});
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

type Report = {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
};

/** Runs the tests of the suites whose names begin so, and says how each ended. */
async function runSuite(
  copy: string,
  pattern: string,
  suites: readonly string[],
): Promise<readonly Outcome[]> {
  const report = join(copy, 'report.json');
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    vitest,
    'run',
    ...suites,
    '-t',
    pattern,
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  const env = {...process.env, PROPERTY_RUNS: '40', SESSIONVM_TEST_REPORT: undefined};
  // A red suite exits with 1: the report says what happened.
  await run(process.execPath, args, {cwd: copy, env, timeout: TIMEOUT_MS}).catch(() => undefined);
  const {testResults} = JSON.parse(await readFile(report, 'utf8')) as Report;
  return testResults
    .flatMap(({assertionResults}) => assertionResults)
    .filter(({status}) => status !== 'skipped' && status !== 'pending')
    .map(({title, status, failureMessages = []}) => {
      return {title, status, failure: failureMessages.join('\n')};
    });
}

/** A test that could not even start proves nothing. */
function isRealFailure({status, failure}: Outcome): boolean {
  return status === 'failed' && !/SyntaxError|Cannot find module|is not defined/.test(failure);
}

async function bites({patch, law, suite = SUITE}: Law): Promise<string | undefined> {
  const copy = await makeCopy();
  try {
    const file = join(import.meta.dirname, 'patches', `${patch}.patch`);
    await run('git', ['apply', '--whitespace=nowarn', file], {cwd: copy});
    const outcomes = await runSuite(copy, ` ${law}:`, [suite]);
    if (outcomes.length === 0) return 'no test of this name ran';
    return outcomes.some(isRealFailure) ? undefined : 'the test stayed green';
  } catch (error) {
    return `${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  } finally {
    await rm(copy, {recursive: true, force: true});
  }
}

async function isGreenUnbroken(): Promise<boolean> {
  const copy = await makeCopy();
  try {
    const outcomes = await runSuite(copy, '', [...new Set(LAWS.map(({suite = SUITE}) => suite))]);
    const green = outcomes.filter(({status}) => status === 'passed');
    for (const {title, status} of outcomes) if (status !== 'passed') console.log(`red: ${title}`);
    return outcomes.length > 0 && green.length === outcomes.length;
  } finally {
    await rm(copy, {recursive: true, force: true});
  }
}

if (!(await isGreenUnbroken())) {
  console.log('the laws do not hold without a patch: nothing can be said about their teeth');
  process.exit(1);
}
console.log('all laws hold in an unbroken copy');
let failed = 0;
for (const law of LAWS) {
  const problem = await bites(law);
  if (problem !== undefined) failed += 1;
  console.log(`${law.law.padEnd(26)} ${problem ?? 'goes red'}: ${law.breaks}`);
}
console.log(`${LAWS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
