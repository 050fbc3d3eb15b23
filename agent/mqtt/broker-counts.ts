/** Why the embedded broker did not do what a client wanted. */
export type BrokerRefusal =
  | 'login' // a wrong user name or password
  | 'publish' // on a topic of others; the connection is closed
  | 'subscribe'
  | 'retain' // a reading, or one retained message too many; it is passed on all the same
  | 'protocol' // what is no MQTT, or a packet over a limit
  | 'clients' // too many at once
  | 'slow'; // a message for a reader that is behind

export type BrokerRefusals = Readonly<Partial<Record<BrokerRefusal, number>>>;
