import { z } from 'zod';
import { isBoardId } from '../../protocols/topics.ts';
import { USERS } from '../mqtt/credentials.ts';
import { isTopicFilter } from '../mqtt/filters.ts';
import { whenGood } from './rules.ts';
import { name } from './values.ts';

const TAKEN: ReadonlySet<string> = new Set(USERS);
const MIN_PASSWORD_LENGTH = 8;

const filters = z.array(
  z
    .string()
    .max(1024)
    .refine(isTopicFilter, 'a topic filter, such as tinyllm/home/+/prediction or tinyllm/home/desk/#'),
);

const user = z
  .strictObject({
    board: name
      .refine(isBoardId, 'no board is called "bridge"')
      .optional()
      .describe(
        'This user is one board: it sends the readings of that board and reads what the agent says of it.',
      ),
    publish: filters.optional().describe('Topic filters on which it may publish.'),
    subscribe: filters.optional().describe('Topic filters to which it may subscribe, or to parts of them.'),
    password: z
      .string()
      .refine((password) => password.length >= MIN_PASSWORD_LENGTH, 'at least 8 characters')
      .optional()
      .describe('Made up at the first start and kept in credentials.json when absent.'),
  })
  .refine(({ board, publish, subscribe }) => (board ?? publish ?? subscribe) !== undefined, {
    message: 'say what it may do: `board`, `publish` or `subscribe`',
    ...whenGood('board', 'publish', 'subscribe'),
  });

/** Users of the embedded broker besides its own three, by name. */
export const brokerUsers = z.record(z.string(), user).superRefine((users, context) => {
  for (const username of Object.keys(users)) {
    const mistake = TAKEN.has(username)
      ? 'agent, board and viewer are there already'
      : name.safeParse(username).error?.issues[0]?.message;
    if (mistake !== undefined) context.addIssue({ code: 'custom', path: [username], message: mistake });
  }
});

/** One of them, as configured. */
export type BrokerUser = z.output<typeof user>;
