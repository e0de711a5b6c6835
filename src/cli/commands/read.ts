import {ReaderState} from '../../client/reader-state.ts';
import type {ReadOptions, Received, SessionClient} from '../../client/session-client.ts';
import {CONSISTENCY} from '../../protocol/overlay/client-protocol.ts';
import type {Arguments} from '../arguments.ts';
import type {CliContext, Command} from '../command.ts';
import {counted} from '../counted.ts';
import {usageError} from '../errors.ts';
import {messageData, messageText} from '../message-view.ts';
import {MESSENGER_HELP, MESSENGER_OPTIONS, openMessenger, ReadingPlace} from '../messenger.ts';
import {JSON_OPTION, print} from '../output.ts';

function optionsOf(args: Arguments, {signal}: CliContext): ReadOptions {
  const name = args.text('consistency') ?? 'quorum';
  if (name !== 'one' && name !== 'quorum') {
    throw usageError("--consistency must be 'one' or 'quorum'");
  }
  const limit = args.wholeNumber('limit', {min: 1, fallback: Number.MAX_SAFE_INTEGER});
  return {consistency: CONSISTENCY[name], limit, signal};
}

async function read(args: Arguments, context: CliContext): Promise<void> {
  const options = optionsOf(args, context);
  const isAll = args.flag('all');
  const place = isAll ? undefined : await ReadingPlace.open(args, context);
  const state = place?.state ?? new ReaderState();
  await using session = await openMessenger(args, context);
  const {messages, unreadable} = await session.client.read(state, options);
  const data = {messages: messages.map(messageData), unreadable};
  await print(context, args, data, () => {
    const lines = messages.map(messageText);
    if (messages.length === 0) lines.push(isAll ? 'The inbox is empty.' : 'Nothing new.');
    if (unreadable > 0)
      lines.push(
        `${counted(unreadable, 'record')} could not be opened: not for this key, or no message`,
      );
    return lines.join('\n\n');
  });
  // After they were shown: a message is rather shown twice than never.
  await place?.save();
  if (args.flag('delete') && messages.length > 0) {
    const members = await deleteAll(session.client, messages, context);
    const deleted = counted(messages.length, 'message');
    context.err(`deleted ${deleted}, on ${counted(members, 'member')} so far`);
  }
}

/** What one request deletes at most. */
const DELETED_AT_ONCE = 200;

async function deleteAll(
  client: SessionClient,
  messages: readonly Received[],
  {signal}: CliContext,
): Promise<number> {
  let members = Number.POSITIVE_INFINITY;
  for (let at = 0; at < messages.length; at += DELETED_AT_ONCE) {
    const ids = messages.slice(at, at + DELETED_AT_ONCE).map(({id}) => id);
    members = Math.min(members, await client.delete(ids, signal));
  }
  return members;
}

export const command: Command = {
  usage: 'read [--all] [--limit N] [--delete] [--key FILE] [--node ADDR] [--rpc URL]',
  help: `Shows the messages that have come since the last read.

--all               from the oldest on; the place of reading stays
--limit N           at most N messages
--consistency HOW   quorum (a majority of the swarm is asked) unless said, or one
--delete            deletes what was shown, on all members
--json              messages as JSON
${MESSENGER_HELP}

example: sessionvm read --key ~/.sessionvm/bob.key`,
  options: {
    ...MESSENGER_OPTIONS,
    ...JSON_OPTION,
    all: {type: 'boolean'},
    delete: {type: 'boolean'},
    limit: {type: 'string'},
    consistency: {type: 'string'},
  },
  positionals: [0, 0],
  run: read,
};
