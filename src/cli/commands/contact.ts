import {resolve} from 'node:path';
import {type Contact, createContactCard} from '../../client/contact-card.ts';
import {writeFileAtomic} from '../../daemon/files.ts';
import {bytesToHex} from '../../protocol/bytes.ts';
import {encode} from '../../protocol/codec.ts';
import {CodecError} from '../../protocol/errors.ts';
import {contactName, MAX_NAME_BYTES} from '../../protocol/overlay/contact-card.ts';
import type {Arguments} from '../arguments.ts';
import type {CliContext, Command} from '../command.ts';
import {CONTACTS_HELP, CONTACTS_OPTION, ContactBook, contactFromFile} from '../contacts.ts';
import {usageError} from '../errors.ts';
import {explain} from '../explain.ts';
import {inboxIdentity, MESSENGER_HELP, MESSENGER_OPTIONS, openMessenger} from '../messenger.ts';
import {fields, JSON_OPTION, print, table} from '../output.ts';
import {printable} from '../printable.ts';

const CARD_FILE_MODE = 0o644;

type Run = {readonly args: Arguments; readonly context: CliContext};

const viewOf = ({sessionId, name, timeMs}: Contact) => ({
  sessionId: bytesToHex(sessionId),
  name: name ?? null,
  timeMs: Number(timeMs),
});

function toText({sessionId, name, timeMs}: ReturnType<typeof viewOf>): string {
  return fields([
    ['id', sessionId],
    ['calls itself', name === null ? '–' : printable(name)],
    ['made', new Date(timeMs).toISOString()],
  ]);
}

/** @throws CliError CLI_USAGE for what no card can have */
function ownName(args: Arguments): string | undefined {
  const name = args.text('name');
  if (name === undefined) return undefined;
  try {
    encode(contactName, name);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw usageError(
      `--name must be 1 to ${MAX_NAME_BYTES} bytes of text, with no space around it and no control characters`,
    );
  }
  return name;
}

/** One's own card as a file to hand over, or what is in somebody's. */
async function show({args, context}: Run): Promise<void> {
  const [, file] = args.positionals;
  if (file !== undefined) {
    const {contact} = await contactFromFile(file, context.signal);
    await print(context, args, viewOf(contact), toText);
    return;
  }
  const name = ownName(args);
  const identity = await inboxIdentity(args, context);
  const timeMs = BigInt(Date.now());
  const out = args.text('out');
  if (out !== undefined) {
    const card = createContactCard(identity, {name, timeMs});
    const overwrite = args.flag('force');
    await writeFileAtomic(resolve(out), card, {mode: CARD_FILE_MODE, overwrite});
    context.err(`wrote the card ${resolve(out)}: hand it to whoever should write to you`);
  }
  await print(context, args, viewOf({...identity, name, timeMs}), toText);
}

async function publish({args, context}: Run): Promise<void> {
  const name = ownName(args);
  await using session = await openMessenger(args, context);
  const {client} = session;
  const sent = await client.publishCard(name, context.signal);
  const data = {sessionId: bytesToHex(client.identity.sessionId), swarmId: sent.swarmId};
  const until = new Date(Number(sent.expiryMs)).toISOString();
  await print(context, args, {...data, expiryMs: Number(sent.expiryMs)}, ({sessionId}) =>
    fields([
      ['id', sessionId],
      [
        'card',
        `in the outbox of swarm ${data.swarmId} until ${until}: the id alone is enough to write to you`,
      ],
    ]),
  );
}

async function add({args, context}: Run): Promise<void> {
  const [, name, file] = args.positionals;
  if (name === undefined || file === undefined) throw usageError('say contact add NAME FILE');
  const {card, contact} = await contactFromFile(file, context.signal);
  const path = await new ContactBook(args).add(name, card, args.flag('force'));
  await print(context, args, {...viewOf(contact), file: path}, toText);
}

async function list({args, context}: Run): Promise<void> {
  const {contacts, others} = await new ContactBook(args).list();
  for (const {path, error} of others) {
    context.err(printable(`left out ${path}: ${explain(error)}`));
  }
  const rows = contacts.map(({name, contact}) => ({
    name,
    sessionId: bytesToHex(contact.sessionId),
  }));
  await print(context, args, rows, () =>
    table(
      ['name', 'id'],
      rows.map(({name, sessionId}) => [name, sessionId]),
    ),
  );
}

type Action = {
  readonly act: (run: Run) => Promise<void>;
  /** How many words it takes at most, itself among them. */
  readonly words: number;
  readonly options: readonly string[];
};

const MESSENGER = Object.keys(MESSENGER_OPTIONS);

const WHAT: Readonly<Record<string, Action>> = {
  show: {act: show, words: 2, options: [...MESSENGER, 'json', 'name', 'out', 'force']},
  publish: {act: publish, words: 1, options: [...MESSENGER, 'json', 'name']},
  add: {act: add, words: 3, options: ['contacts', 'json', 'force']},
  list: {act: list, words: 1, options: ['contacts', 'json']},
};

export const command: Command = {
  usage: 'contact show [FILE] | publish [--name NAME] | add NAME FILE | list',
  help: `Contact cards: the public keys that a message is sealed for, signed by their owner.

show            your own id; --out FILE writes your card to hand over
show FILE       what is in somebody's card
publish         puts your card into your outbox, where everybody finds it by your id, for 30 days
add NAME FILE   keeps a card among your contacts, for 'sessionvm send' by its NAME
list            your contacts

--name NAME     what you call yourself in your card
--out FILE      where 'contact show' writes your card
--force         replaces a file, or a contact of the same name
--json          the same as JSON
${CONTACTS_HELP}
${MESSENGER_HELP}

example: sessionvm contact publish --name Bob --key ~/.sessionvm/bob.key`,
  options: {
    ...MESSENGER_OPTIONS,
    ...CONTACTS_OPTION,
    ...JSON_OPTION,
    name: {type: 'string'},
    out: {type: 'string'},
    force: {type: 'boolean'},
  },
  positionals: [1, 3],
  async run(args, context) {
    const what = args.at(0);
    const action = Object.hasOwn(WHAT, what) ? WHAT[what] : undefined;
    if (action === undefined) throw usageError(`contact knows ${Object.keys(WHAT).join(', ')}`);
    const extra = args.positionals[action.words];
    if (extra !== undefined) throw usageError(`contact ${what} does not take '${extra}'`);
    args.takesOnly(`contact ${what}`, action.options);
    await action.act({args, context});
  },
};
