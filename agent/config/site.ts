import { name } from './values.ts';

/** How several agents stand together on one site. */
export const share = name
  .optional()
  .describe(
    'Agents of one task that name the same group share the boards of the site: each board has one of them. Absent: this agent serves every board.',
  );
