import type {Command} from '../command.ts';
import {messageData, messageText} from '../message-view.ts';
import {MESSENGER_HELP, MESSENGER_OPTIONS, openMessenger, ReadingPlace} from '../messenger.ts';
import {JSON_OPTION, toJson} from '../output.ts';

export const command: Command = {
  usage: 'watch [--key FILE] [--node ADDR] [--rpc URL] [--json]',
  help: `Shows messages as they come, until Ctrl-C. Begins with those that came since the last read.

--json  one JSON object a line
${MESSENGER_HELP}

example: sessionvm watch --key ~/.sessionvm/bob.key`,
  options: {...MESSENGER_OPTIONS, ...JSON_OPTION},
  positionals: [0, 0],
  async run(args, context) {
    const {signal, out, err} = context;
    const place = await ReadingPlace.open(args, context);
    await using session = await openMessenger(args, context);
    const isJson = args.flag('json');
    if (!isJson) err('watching; Ctrl-C ends it');
    const onReach = (isReached: boolean): void =>
      err(isReached ? 'connected again' : 'no answer from the chain or the swarm: trying again');
    for await (const message of session.watch(place.state, signal, onReach)) {
      await out(isJson ? toJson(messageData(message)) : `${messageText(message)}\n`);
      await place.save();
    }
  },
};
