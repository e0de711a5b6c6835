import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {ITEMS, type NumberedTest, problemsOf, scanTests, table} from './scan.ts';

async function readSuite(): Promise<NumberedTest[]> {
  const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.test.ts'));
  const tests = files.sort().map(async (name) => {
    return scanTests(name, await readFile(join(import.meta.dirname, name), 'utf8'));
  });
  return (await Promise.all(tests)).flat();
}

it('every item of the check-list has a test, and every test asserts', async () => {
  const tests = await readSuite();
  console.log(table(tests));
  expect(problemsOf(tests)).toEqual([]);
});

it('a missing item and a test without an assertion are found', () => {
  const source = [
    ...ITEMS.filter((item) => item !== 7).map(
      (item) => `it('${item} works', () => {\n  expect(1).toBe(1);\n});`,
    ),
    "it('8, 9 does nothing', async () => {\n  await call();\n});",
  ].join('\n');
  expect(problemsOf(scanTests('planted.ts', source))).toEqual([
    'item 7 has no test',
    'planted.ts: "8, 9 does nothing" asserts nothing',
  ]);
});
