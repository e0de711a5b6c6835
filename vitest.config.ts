import process from 'node:process';
import {defineConfig} from 'vitest/config';

/** Suites that start processes and measure time: one file at a time, after all others. */
const PROCESS_SUITES = ['test/{plugin,devnet,cli,e2e}/**/*.test.ts'];

/** Where `.ci/run` wants the counts as JSON. */
const report = process.env['SESSIONVM_TEST_REPORT'];

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', {outputFile: report}]],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: PROCESS_SUITES,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: {groupOrder: 0},
        },
      },
      {
        test: {
          name: 'process',
          include: PROCESS_SUITES,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: {groupOrder: 1},
        },
      },
    ],
  },
});
