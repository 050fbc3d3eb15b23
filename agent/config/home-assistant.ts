import { z } from 'zod';

/** Whether boards show up in Home Assistant. */
export const homeAssistant = z
  .strictObject({
    prefix: z
      .string()
      .regex(/^[^\s#+/]+(\/[^\s#+/]+)*$/, 'a topic without wildcards')
      .default('homeassistant')
      .describe('The discovery prefix of its MQTT integration.'),
    keep: z
      .boolean()
      .default(false)
      .describe('Boards that are silent for so long that they are forgotten stay there, as unavailable.'),
  })
  .optional()
  .describe(
    'Boards appear as devices of Home Assistant (MQTT discovery); {} is enough. Absent: they do not.',
  );

export type HomeAssistantConfig = NonNullable<z.output<typeof homeAssistant>>;
