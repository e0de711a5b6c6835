import type {ApiMethod, ApiParams} from './api.ts';
import type {ApiErrorCode} from './api-errors.ts';
import {
  ADDRESS,
  BLOCK_ID,
  CURSOR,
  ENCODING,
  HEIGHT,
  LIMIT,
  NODE_ID,
  NODE_ID_CURSOR,
  type OptionalParam,
  PROVEN_ACCOUNT,
  PROVEN_HEIGHT,
  PROVEN_NODE,
  PROVEN_SWARM,
  PUBKEY,
  type RequiredParam,
  STATE_KEYS,
  STATE_PREFIX,
  STATE_ROOT,
  SWARM_ID,
  TX_BYTES,
  TX_ID,
} from './api-param-schemas.ts';

/** What a method is for, what it takes, and how it may refuse besides API_INTERNAL. */
export type MethodDescription<M extends ApiMethod> = {
  readonly summary: string;
  readonly params: {
    readonly [K in keyof ApiParams[M]]-?: undefined extends ApiParams[M][K]
      ? OptionalParam
      : RequiredParam;
  };
  readonly errors: readonly ApiErrorCode[];
};

/** Every method of the API, in the order of SPEC.md §10. `docs/openrpc.json` is made of it. */
export const API_METHODS: {readonly [M in ApiMethod]: MethodDescription<M>} = {
  getNetwork: {
    summary: 'Ids of the chain, its token, and times and minimums of its rules.',
    params: {},
    errors: ['API_INVALID_PARAMS'],
  },
  getLastAccepted: {
    summary: 'The last accepted block.',
    params: {encoding: ENCODING},
    errors: ['API_INVALID_PARAMS'],
  },
  getBlock: {
    summary: 'An accepted or processing block by its id.',
    params: {id: BLOCK_ID, encoding: ENCODING},
    errors: ['API_INVALID_PARAMS', 'API_NOT_FOUND'],
  },
  getBlockByHeight: {
    summary: 'The accepted block of a height.',
    params: {height: HEIGHT, encoding: ENCODING},
    errors: ['API_INVALID_PARAMS', 'API_NOT_FOUND'],
  },
  getTx: {
    summary: 'Where a transaction is: accepted, in a block under decision, waiting, or nowhere.',
    params: {id: TX_ID},
    errors: ['API_INVALID_PARAMS'],
  },
  issueTx: {
    summary: 'Checks a transaction and puts it among those that wait for a block.',
    params: {tx: TX_BYTES},
    errors: ['API_INVALID_PARAMS', 'API_TX_REFUSED'],
  },
  getAccount: {
    summary: 'Balance and nonces of an account; one that nobody has used has zeros.',
    params: {address: ADDRESS},
    errors: ['API_INVALID_PARAMS'],
  },
  getServiceNode: {
    summary: 'The record of a service node.',
    params: {nodeId: NODE_ID},
    errors: ['API_INVALID_PARAMS', 'API_NOT_FOUND'],
  },
  listServiceNodes: {
    summary: 'All service nodes in NodeID order, page by page.',
    params: {cursor: NODE_ID_CURSOR, limit: LIMIT},
    errors: ['API_INVALID_PARAMS'],
  },
  getSwarm: {
    summary: 'Members of a swarm, and W of the running epoch.',
    params: {swarmId: SWARM_ID},
    errors: ['API_INVALID_PARAMS'],
  },
  listSwarms: {
    summary: 'All swarms by id, page by page.',
    params: {cursor: CURSOR, limit: LIMIT},
    errors: ['API_INVALID_PARAMS'],
  },
  swarmOf: {
    summary: 'The swarm of an inbox: BLAKE3 of its 33-byte id, mod num_swarms.',
    params: {pubkey: PUBKEY},
    errors: ['API_INVALID_PARAMS'],
  },
  getEpoch: {
    summary: 'The running epoch: its phase for the next block, all instants, its mix.',
    params: {},
    errors: ['API_INVALID_PARAMS'],
  },
  getStakeSummary: {
    summary: 'Where every unit of genesis is: bonded, unbonding, burned by cause, balances.',
    params: {},
    errors: ['API_INVALID_PARAMS'],
  },
  getDuties: {
    summary: 'All that a node needs to know for its next duty.',
    params: {nodeId: NODE_ID},
    errors: ['API_INVALID_PARAMS'],
  },
  getMisses: {
    summary: 'Misses of a node, newest epoch first, page by page; also of a node that is gone.',
    params: {nodeId: NODE_ID, cursor: CURSOR, limit: LIMIT},
    errors: ['API_INVALID_PARAMS', 'API_NOT_FOUND'],
  },
  listEquivocations: {
    summary:
      'Proofs of equivocation that this node has seen since its start: bodies of Evidence transactions.',
    params: {},
    errors: ['API_INVALID_PARAMS'],
  },
  getForecast: {
    summary:
      'What the running epoch would judge of a node, and what that would cost it, if nobody did anything more.',
    params: {nodeId: NODE_ID},
    errors: ['API_INVALID_PARAMS', 'API_NOT_FOUND'],
  },
  getProof: {
    summary:
      'Proofs of keys and of all entries under a prefix, against a state root. Of a node: its record and keys; of an account: its balance; of a swarm: its members and the epoch.',
    params: {
      keys: STATE_KEYS,
      prefix: STATE_PREFIX,
      nodeId: PROVEN_NODE,
      address: PROVEN_ACCOUNT,
      swarmId: PROVEN_SWARM,
      height: PROVEN_HEIGHT,
      stateRoot: STATE_ROOT,
    },
    errors: ['API_INVALID_PARAMS', 'API_NOT_FOUND'],
  },
  health: {
    summary: 'What the node’s health check and GET /health show.',
    params: {},
    errors: ['API_INVALID_PARAMS'],
  },
};
