import type {ApiMethod} from '../../protocol/api.ts';
import type {Method} from './method.ts';
import {getAccount} from './methods/get-account.ts';
import {getBlock} from './methods/get-block.ts';
import {getBlockByHeight} from './methods/get-block-by-height.ts';
import {getDuties} from './methods/get-duties.ts';
import {getEpoch} from './methods/get-epoch.ts';
import {getForecast} from './methods/get-forecast.ts';
import {getLastAccepted} from './methods/get-last-accepted.ts';
import {getMisses} from './methods/get-misses.ts';
import {getNetwork} from './methods/get-network.ts';
import {getProof} from './methods/get-proof.ts';
import {getServiceNode} from './methods/get-service-node.ts';
import {getStakeSummary} from './methods/get-stake-summary.ts';
import {getSwarm} from './methods/get-swarm.ts';
import {getTx} from './methods/get-tx.ts';
import {health} from './methods/health.ts';
import {issueTx} from './methods/issue-tx.ts';
import {listEquivocations} from './methods/list-equivocations.ts';
import {listServiceNodes} from './methods/list-service-nodes.ts';
import {listSwarms} from './methods/list-swarms.ts';
import {swarmOf} from './methods/swarm-of.ts';

/** Every method of the API, by its name without the service. */
export const METHODS: {readonly [M in ApiMethod]: Method<M>} = {
  getNetwork,
  getLastAccepted,
  getBlock,
  getBlockByHeight,
  getTx,
  issueTx,
  getAccount,
  getServiceNode,
  getMisses,
  listServiceNodes,
  listEquivocations,
  getSwarm,
  listSwarms,
  swarmOf,
  getEpoch,
  getStakeSummary,
  getDuties,
  getForecast,
  getProof,
  health,
};

/** Names of LP-046's Go reference that a chain cannot serve: messages never touch it. */
export const MESSAGING_METHODS: readonly string[] = [
  'createSession',
  'getSession',
  'sendMessage',
  'closeSession',
  'healthCheck',
];
