import process from 'node:process';
import {defineConfig} from 'vitest/config';

/** Suites that start processes and measure time: one file at a time, after all others. */
const PROCESS_SUITES = ['test/{plugin,devnet,cli,e2e}/**/*.test.ts'];

/** The host protocol's check-list against the plugin as a process: half of its time is waiting. */
const CONFORMANCE = 'test/conformance/**/*.test.ts';

/** A test that checks nothing is no proof: it fails. */
const EXPECT = {requireAssertions: true};

/** Where `.ci/run` wants the counts as JSON. */
const report = process.env['SESSIONVM_TEST_REPORT'];

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', {outputFile: report}]],
    projects: [
      {
        test: {
          name: 'unit',
          expect: EXPECT,
          include: ['test/**/*.test.ts'],
          exclude: [...PROCESS_SUITES, CONFORMANCE],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: {groupOrder: 0},
        },
      },
      {
        test: {
          name: 'process',
          expect: EXPECT,
          include: PROCESS_SUITES,
          globalSetup: ['test/build-once.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: {groupOrder: 1},
        },
      },
      {
        test: {
          name: 'conformance',
          expect: EXPECT,
          include: [CONFORMANCE],
          globalSetup: ['test/build-once.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: {groupOrder: 2},
        },
      },
    ],
  },
});
