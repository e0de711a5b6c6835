import {describe, expect, it} from 'vitest';
import {explain} from '../../src/cli/explain.ts';
import {ApiError, ClientError} from '../../src/client/errors.ts';
import {DevnetError} from '../../src/devnet/errors.ts';
import {StorageError} from '../../src/storage/errors.ts';

const refused = (reason: string, facts = {}) =>
  new ApiError('API_TX_REFUSED', {text: 'refused', details: {reason, ...facts}});

describe('what is said of an error', () => {
  it.each([
    [refused('TX_AMOUNT_ZERO'), 'the amount is 0: name one above [TX_AMOUNT_ZERO]'],
    [
      refused('TX_STAKE_BELOW_MINIMUM', {stake: '5', minimum: '100'}),
      '5 base units are less than the least stake, 100: name more [TX_STAKE_BELOW_MINIMUM]',
    ],
    [
      refused('TX_WRONG_NONCE'),
      'another transaction of this account came first: try again [TX_WRONG_NONCE]',
    ],
    [refused('TX_FROB'), 'the chain refuses the transaction (TX_FROB): SPEC.md says why [TX_FROB]'],
    [
      new DevnetError('DEVNET_DATA', {directory: '/d', problem: 'holds a network of 4 nodes'}),
      '/d cannot be gone on with: holds a network of 4 nodes; name another folder with --dir, or remove this one [DEVNET_DATA]',
    ],
    [
      new StorageError('STORAGE_LOCKED', {location: '/d/ledger'}),
      '/d/ledger is in use by another process [STORAGE_LOCKED]',
    ],
    [
      new ClientError('CLIENT_NO_NODES', {asked: 1}),
      'the one known node does not say where the swarm is: --node ADDR names another [CLIENT_NO_NODES]',
    ],
  ])('is what to do: %s', (error, text) => {
    expect(explain(error)).toBe(text);
  });
});
