import {beforeEach, expect} from 'vitest';

// A test that checks nothing is no proof: it fails.
beforeEach(() => {
  expect.hasAssertions();
});
