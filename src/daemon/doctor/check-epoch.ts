import type {DutiesInfo, EpochInfo} from '../../protocol/api.ts';
import {type Finding, fail, ok, warn} from './finding.ts';

/** `missing`: its window is over without it. */
type DutyState = 'accepted' | 'due' | 'later' | 'missing';

function commitmentState({accepted, phase}: DutiesInfo): DutyState {
  if (accepted.roundA !== null) return 'accepted';
  return phase === 'roundA' ? 'due' : 'missing';
}

/** Between the two looks the epoch may have turned: then the older one says nothing. */
function answerState({accepted, phase, epoch}: DutiesInfo, look: EpochInfo): DutyState {
  if (accepted.answer !== null) return 'accepted';
  if (look.epoch === epoch && look.answersClosed) return 'missing';
  return phase === 'answers' ? 'due' : 'later';
}

/** What the swarm's majority set says of the one that this node ended on. */
function majorityText({w, accepted}: DutiesInfo): {
  readonly text: string;
  readonly isOther: boolean;
} {
  if (w === undefined) return {text: 'W is not fixed yet', isOther: false};
  if (w === null) return {text: 'the swarm has no W, so possession is unjudged', isOther: false};
  const own = (accepted.roundB ?? accepted.roundA)?.c;
  const text = `W holds ${w.recordCount} records, ${w.bytes} bytes`;
  if (own === undefined || own === w.c) return {text, isOther: false};
  return {text: `${text}; this node committed to another set`, isOther: true};
}

/** What the running epoch would judge of this node if nothing more came. Chain-rules §2, §5. */
export function checkEpoch(duties: DutiesInfo, epoch: EpochInfo): Finding {
  const head = `epoch ${duties.epoch}, ${duties.phase}`;
  if (!duties.hasDuties) {
    return ok('epoch', `${head}: this node has no duties, nothing is judged`);
  }
  const [commitment, answer] = [commitmentState(duties), answerState(duties, epoch)];
  const {text: majority, isOther} = majorityText(duties);
  const text = `${head}: commitment ${commitment}, answer ${answer}, ${majority}`;
  if (commitment === 'missing' || answer === 'missing') {
    const advice = 'it will be a miss, unless the chain itself stood still: is the node running?';
    return fail('epoch', text, advice);
  }
  if (isOther) {
    const advice = 'its records differ from its swarm: it fetches what it missed while it runs';
    return warn('epoch', text, advice);
  }
  if (commitment === 'due' || answer === 'due') {
    const until = new Date(duties.phaseEndMs).toISOString();
    return warn('epoch', text, `a node that runs sends it before ${until}: look again`);
  }
  return ok('epoch', text);
}
