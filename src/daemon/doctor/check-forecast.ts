import {formatAmount} from '../../client/amounts.ts';
import type {NetworkInfo} from '../../protocol/api.ts';
import type {ForecastInfo, ForecastJudgement, ProofState} from '../../protocol/api-forecast.ts';
import {type Finding, fail, ok} from './finding.ts';

function proofsIn({proofs}: ForecastInfo, state: ProofState): readonly string[] {
  return Object.entries(proofs ?? {}).flatMap(([name, found]) => (found === state ? [name] : []));
}

function costText({burned, paidByCredit}: ForecastJudgement, {token}: NetworkInfo): string {
  return paidByCredit ? 'one credit' : formatAmount(BigInt(burned), token);
}

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.join(', ');

/** What the running epoch will cost as of now: by the chain's own judgement of it. SPEC.md §7. */
export function checkForecast(forecast: ForecastInfo, network: NetworkInfo): Finding {
  const {epoch, running, previous, final} = forecast;
  const head = `epoch ${epoch}${final ? ', final' : ''}`;
  if (previous !== null) {
    const text = `the answer of epoch ${previous.epoch} is called wrong: a miss for ${costText(previous, network)}`;
    return fail('forecast', text, 'its records or its challenge answer differ from its swarm’s');
  }
  if (running === null) return ok('forecast', `${head}: nothing will be judged`);
  const [failed, open] = [proofsIn(forecast, 'failed'), proofsIn(forecast, 'open')];
  if (running.excused) return ok('forecast', `${head}: a miss that the amnesty excuses`);
  if (running.verdict !== 'miss') {
    return ok('forecast', `${head}: ${running.verdict} as of now; open: ${listed(open)}`);
  }
  const cost = `a miss for ${costText(running, network)}`;
  if (failed.length === 0) {
    return ok('forecast', `${head}: open: ${listed(open)}; without them ${cost}`);
  }
  return fail('forecast', `${head}: ${listed(failed)} failed: ${cost}`, 'is the node running?');
}
