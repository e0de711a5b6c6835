import {followEvents} from '../../client/follow-events.ts';
import {nodeIdFromString, nodeIdToString} from '../../crypto/ids.ts';
import {EVENT_TYPES, type EventType, type SubscribeParams} from '../../protocol/chain-events.ts';
import type {Arguments} from '../arguments.ts';
import {connect, RPC_HELP, RPC_OPTION, rpcUrl} from '../chain.ts';
import type {Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {eventText} from '../event-text.ts';
import {JSON_OPTION, toJson} from '../output.ts';
import {printable} from '../printable.ts';
import {wordAs} from '../word-as.ts';

function typesOf(args: Arguments): readonly EventType[] | undefined {
  const only = args.text('only');
  if (only === undefined) return undefined;
  return only.split(',').map((name) => {
    const type = EVENT_TYPES.find((known) => known === name.trim());
    if (type === undefined) throw usageError(`--only takes ${EVENT_TYPES.join(', ')}`);
    return type;
  });
}

function paramsOf(args: Arguments): SubscribeParams {
  const events = typesOf(args);
  const [node, after] = [args.text('node'), args.text('after')];
  if (after !== undefined && !/^[0-9]+\/[0-9]+$/.test(after)) {
    throw usageError('--after must be a cursor, as in 123/4');
  }
  return {
    ...(events === undefined ? {} : {events}),
    ...(node === undefined ? {} : {nodeId: nodeIdToString(wordAs(node, nodeIdFromString))}),
    ...(after === undefined ? {} : {after}),
  };
}

export const command: Command = {
  usage: 'events [--only TYPES] [--node NODEID] [--after CURSOR] [--rpc URL] [--json]',
  help: `Shows what accepted blocks change, as it comes, until Ctrl-C. A connection that breaks is opened again, without a loss.

--only TYPES    of ${EVENT_TYPES.join(', ')}; separated by commas
--node NODEID   events of this node alone
--after CURSOR  everything after this one, as in 123/4; 0/0 for all that is kept
--json          one JSON object a line
${RPC_HELP}

example: sessionvm events --only miss,epoch`,
  options: {
    ...RPC_OPTION,
    ...JSON_OPTION,
    only: {type: 'string'},
    node: {type: 'string'},
    after: {type: 'string'},
  },
  positionals: [0, 0],
  async run(args, context) {
    const {signal, out, err} = context;
    const params = paramsOf(args);
    const url = rpcUrl(args, context);
    const {token} = await connect(args, context).call('getNetwork', {}, signal);
    const isJson = args.flag('json');
    const onBreak = (after = 'now'): void => err(`connection lost; going on after ${after}`);
    for await (const event of followEvents({url, ...params, onBreak}, signal)) {
      await out(isJson ? toJson(event) : printable(eventText(event, token)));
    }
  },
};
