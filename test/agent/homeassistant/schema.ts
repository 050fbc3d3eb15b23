import { z } from 'zod';

/**
 * What Home Assistant takes, as its documentation and its schemas say (homeassistant/components/mqtt/schemas.py, sensor.py,
 * event.py of 2025): the keys that we use, and no others.
 */
const template = z.string().regex(/\{[{%].*[}%]\}/);
const topic = z.string().regex(/^[^#+\0]+$/);

const component = { unique_id: z.string().min(1), name: z.string().nullable(), state_topic: topic };

const sensor = z
  .strictObject({
    ...component,
    platform: z.literal('sensor'),
    value_template: template,
    device_class: z.literal('enum').optional(),
    /** Only with the device class `enum`; then neither a state class nor a unit. */
    options: z.array(z.string()).min(1).optional(),
    state_class: z.enum(['measurement', 'measurement_angle', 'total', 'total_increasing']).optional(),
    unit_of_measurement: z.string().optional(),
    suggested_display_precision: z.int().min(0).optional(),
    json_attributes_topic: topic.optional(),
    json_attributes_template: template.optional(),
  })
  .refine(({ device_class, options }) => (device_class === 'enum') === (options !== undefined))
  .refine(
    ({ options, state_class, unit_of_measurement }) => !options || !(state_class ?? unit_of_measurement),
  );

const event = z.strictObject({
  ...component,
  platform: z.literal('event'),
  event_types: z.array(z.string()).min(1),
  value_template: template,
});

export const deviceDiscovery = z.strictObject({
  device: z.strictObject({
    identifiers: z.array(z.string()).min(1),
    name: z.string(),
    manufacturer: z.string(),
    model: z.string(),
  }),
  origin: z.strictObject({ name: z.string(), sw_version: z.string() }),
  availability: z.array(z.strictObject({ topic, value_template: template.optional() })),
  availability_mode: z.enum(['all', 'any', 'latest']),
  qos: z.int().min(0).max(2),
  components: z.record(z.string(), z.discriminatedUnion('platform', [sensor, event])),
});

/** The topic of a device's discovery: the id of letters, digits, `_` and `-`. */
export const DISCOVERY_TOPIC = /^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/;
