import {ReaderState} from '../../client/reader-state.ts';
import {nodeIdToString} from '../../crypto/ids.ts';
import {bytesToHex} from '../../protocol/bytes.ts';
import type {Command} from '../command.ts';
import {MESSENGER_HELP, MESSENGER_OPTIONS, openMessenger} from '../messenger.ts';
import {fields, JSON_OPTION, print} from '../output.ts';

export const command: Command = {
  usage: 'inbox [--key FILE] [--node ADDR] [--rpc URL] [--json]',
  help: `Shows one's inbox: its id, its swarm, where the members are, and what lies in it.

${MESSENGER_HELP}

example: sessionvm inbox --key ~/.sessionvm/bob.key`,
  options: {...MESSENGER_OPTIONS, ...JSON_OPTION},
  positionals: [0, 0],
  async run(args, context) {
    const {signal} = context;
    await using session = await openMessenger(args, context);
    const {sessionId} = session.client.identity;
    const {swarmId, epoch, members, peers} = await session.swarmOf(sessionId, signal);
    const {messages, unreadable} = await session.client.read(new ReaderState(), {signal});
    const located = new Map(
      peers.map(({nodeId, peer: {peerId, addresses}}) => {
        // As --node takes them.
        return [nodeIdToString(nodeId), addresses.map((at) => `${at}/p2p/${peerId}`)] as const;
      }),
    );
    const data = {
      sessionId: bytesToHex(sessionId),
      swarmId,
      epoch,
      members: [...members].map((nodeId) => ({nodeId, addresses: located.get(nodeId) ?? []})),
      messages: messages.length,
      unreadable,
    };
    await print(context, args, data, () =>
      fields([
        ['id', data.sessionId],
        ['swarm', `${swarmId}, ${members.size} members in epoch ${epoch}`],
        ...data.members.map(({nodeId, addresses}): [string, string] => [
          'member',
          `${nodeId}  ${addresses.join(' ') || 'nobody knows where'}`,
        ]),
        [
          'messages',
          `${messages.length}${unreadable > 0 ? `, and ${unreadable} records that do not open` : ''}`,
        ],
      ]),
    );
  },
};
