import {describe, expect, it} from 'vitest';
import {checkEpoch} from '../../../src/daemon/doctor/check-epoch.ts';
import {checkForecast} from '../../../src/daemon/doctor/check-forecast.ts';
import {checkMisses, nextMissBurn} from '../../../src/daemon/doctor/check-misses.ts';
import {checkReachability} from '../../../src/daemon/doctor/check-reachability.ts';
import {checkRegistration} from '../../../src/daemon/doctor/check-registration.ts';
import type {DutiesInfo, EpochInfo, ServiceNodeInfo} from '../../../src/protocol/api.ts';
import type {ForecastInfo, ForecastJudgement} from '../../../src/protocol/api-forecast.ts';
import type {ServiceNode} from '../../../src/protocol/chain/state-records.ts';
import {missPenalty} from '../../../src/vm/judge.ts';
import {FakeChain, NETWORK} from '../fake-chain.ts';
import {fakeEpoch, fakeNode} from '../fake-registry.ts';
import {TestNode} from '../test-node.ts';

const chain = new FakeChain();
const {nodeIdText} = new TestNode(chain, {number: 1});
chain.advance(12_000);

const nodeWith = (over: Partial<ServiceNodeInfo>): ServiceNodeInfo => ({
  ...fakeNode(chain, nodeIdText),
  ...over,
});
const [C, D] = ['0x0c', '0x0d'];
const set = {root: '0x', recordCount: '3', chunkCount: '3', bytes: '3000'};

describe('checkRegistration', () => {
  const rows: readonly (readonly [string, Partial<ServiceNodeInfo>, string, string])[] = [
    ['seated', {}, 'ok', 'active, serving in swarm 0; stake 100 LUX'],
    ['waiting for a seat', {swarmId: null, seat: 'none'}, 'warn', 'without a seat yet'],
    [
      'below the minimum',
      {stake: '99500000'},
      'warn',
      'stake 99.5 LUX, below the minimum of 100 LUX',
    ],
    [
      'leaving',
      {status: 'decommissioning', leaving: 'wish', epochsToRetirement: '24'},
      'warn',
      'since its owner wished it: retired in 24 epochs',
    ],
    [
      'waiting to leave',
      {status: 'decommissioning', leaving: 'wish', queuePosition: 2},
      'warn',
      'waiting for its turn, number 2 of its swarm',
    ],
    [
      'leaving by penalty',
      {status: 'decommissioning', leaving: 'evidence', epochsToRetirement: '3'},
      'warn',
      'signed two commitments for one epoch: retired in 3 epochs',
    ],
    [
      'returning',
      {status: 'decommissioning', leaving: 'no', returning: true, epochsToRetirement: '3'},
      'warn',
      'active again after an epoch that it passes',
    ],
    ['retired', {status: 'retired', leaving: 'misses'}, 'fail', 'since it missed too often'],
  ];
  for (const [name, over, status, text] of rows) {
    it(`${name}: ${status}`, () => {
      const finding = checkRegistration(nodeWith(over), NETWORK);
      expect(finding.status).toBe(status);
      expect(finding.text).toContain(text);
    });
  }

  it('unknown: fail', () => {
    expect(checkRegistration(undefined, NETWORK).status).toBe('fail');
  });
});

describe('checkEpoch', () => {
  const done = {roundA: {txId: 'a', c: C}, roundB: null, answer: null};
  const answered = {...done, answer: {txId: 'b', answer: '0x'}};
  const w = {...set, c: C};
  type Over = Partial<DutiesInfo> & {readonly answersClosed?: boolean; readonly look?: string};
  const rows: readonly (readonly [string, Over, string, string])[] = [
    ['no duties', {hasDuties: false}, 'ok', 'no duties, nothing is judged'],
    ['round A begins', {phase: 'roundA'}, 'warn', 'commitment due, answer later'],
    ['committed', {phase: 'roundA', accepted: done}, 'ok', 'commitment accepted, answer later'],
    ['nothing committed', {phase: 'roundB'}, 'fail', 'commitment missing, answer later'],
    ['before the first answer', {phase: 'rest', accepted: done}, 'ok', 'W is not fixed yet'],
    ['no majority', {phase: 'answers', accepted: done, w: null}, 'warn', 'possession is unjudged'],
    ['answer due', {phase: 'answers', accepted: done, w}, 'warn', 'answer due, W holds 3 records'],
    ['answered', {phase: 'answers', accepted: answered, w}, 'ok', 'answer accepted'],
    ['another set', {phase: 'answers', accepted: answered, w: {...w, c: D}}, 'warn', 'another set'],
    [
      'moved to the majority',
      {
        phase: 'answers',
        accepted: {...answered, roundB: {txId: 'c', c: D}},
        w: {...w, c: D},
      },
      'ok',
      'answer accepted',
    ],
    [
      'no answer',
      {phase: 'rest', accepted: done, w, answersClosed: true},
      'fail',
      'answer missing',
    ],
    ['all done', {phase: 'rest', accepted: answered, w, answersClosed: true}, 'ok', 'accepted, W'],
    [
      'the epoch turned between two looks',
      {phase: 'roundA', accepted: done, answersClosed: true, look: '0'},
      'ok',
      'answer later',
    ],
  ];
  for (const [name, {answersClosed = false, look, ...over}, status, text] of rows) {
    it(`${name}: ${status}`, () => {
      const duties = {...chain.dutiesOf(nodeIdText), ...over};
      const epoch: EpochInfo = {...fakeEpoch(chain), answersClosed, epoch: look ?? duties.epoch};
      const finding = checkEpoch(duties, epoch);
      expect(finding.text).toContain(text);
      expect(finding.status).toBe(status);
      expect(finding.advice === null).toBe(status === 'ok');
    });
  }
});

describe('checkMisses', () => {
  it('says what one more costs', () => {
    const node = nodeWith({misses: 3, stake: '98500000', uptimeScore: 9950});
    expect(checkMisses(node, NETWORK)).toMatchObject({
      status: 'ok',
      text: '3 of 100 misses, score 99.50 %; one more costs 0.5 LUX',
    });
    expect(checkMisses(nodeWith({credit: 2}), NETWORK).text).toContain('costs one of 2 credits');
  });

  it('says why the last epoch was missed', () => {
    const last = {lastVerdict: 'miss', lastMissReasons: ['noAnswer'], lastMissEpoch: '7'} as const;
    const finding = checkMisses(nodeWith(last), NETWORK);
    expect(finding.status).toBe('warn');
    expect(finding.text).toContain('its last judged epoch, 7, was a miss: noAnswer');
  });

  it('computes as the chain does', () => {
    for (const principal of [100_000_000n, 199n, 1n, 15_000_000_000_007n]) {
      for (const misses of [0, 1, 50, 98, 99]) {
        for (const stake of [principal, principal / 2n, 1n, 0n]) {
          const record = {principal, misses, stake} as ServiceNode;
          const text = {principal: String(principal), stake: String(stake), misses, credit: 0};
          expect(nextMissBurn(text)).toBe(missPenalty(record));
        }
      }
    }
  });
});

describe('checkReachability', () => {
  const [here, there] = ['/ip4/192.0.2.1/tcp/1', '/ip6/2001:db8::1/tcp/1'];
  const rows = [
    [[], 'fail', 'no address'],
    [[{address: here, problem: undefined}], 'ok', `answers at ${here}`],
    [[{address: here, problem: 'timeout'}], 'fail', `none of its addresses: ${here} (timeout)`],
    [
      [
        {address: here, problem: undefined},
        {address: there, problem: 'unreachable'},
      ],
      'warn',
      `not answer at ${there} (unreachable)`,
    ],
  ] as const;
  for (const [results, status, text] of rows) {
    it(`${results.length} addresses: ${status}`, () => {
      const finding = checkReachability(results);
      expect(finding.status).toBe(status);
      expect(finding.text).toContain(text);
    });
  }
});

describe('checkForecast', () => {
  const miss: ForecastJudgement = {
    epoch: '7',
    verdict: 'miss',
    reasons: ['noAnswer'],
    burned: '500000',
    paidByCredit: false,
    excused: false,
  };
  const pass: ForecastJudgement = {...miss, verdict: 'pass', reasons: [], burned: '0'};
  const proofs = {
    commitment: 'done',
    answer: 'open',
    reachability: 'open',
    storage: 'open',
    agreement: 'done',
    possession: 'done',
  } as const;
  const forecast: ForecastInfo = {
    nodeId: nodeIdText,
    epoch: '7',
    epochEndMs: 0,
    final: false,
    hasDuties: true,
    joining: false,
    deviantStreak: 0,
    proofs,
    running: miss,
    previous: null,
    burned: '500000',
  };
  const failed = {...proofs, answer: 'failed'} as const;
  const rows: readonly (readonly [string, Partial<ForecastInfo>, string, string])[] = [
    ['still open', {}, 'ok', 'without them a miss for 0.5 LUX'],
    ['missed', {final: true, proofs: failed}, 'fail', 'final: answer failed: a miss for 0.5 LUX'],
    [
      'paid by credit',
      {proofs: failed, running: {...miss, burned: '0', paidByCredit: true}},
      'fail',
      'a miss for one credit',
    ],
    ['excused', {proofs: failed, running: {...miss, excused: true}}, 'ok', 'amnesty'],
    ['passed', {running: pass}, 'ok', 'pass as of now; open: answer, reachability, storage'],
    ['a wrong answer', {previous: {...miss, epoch: '6'}}, 'fail', 'of epoch 6 is called wrong'],
    ['without duties', {running: null, proofs: null}, 'ok', 'nothing will be judged'],
  ];
  for (const [name, over, status, text] of rows) {
    it(`${name}: ${status}`, () => {
      const finding = checkForecast({...forecast, ...over}, NETWORK);
      expect(finding.status).toBe(status);
      expect(finding.text).toContain(text);
    });
  }
});
