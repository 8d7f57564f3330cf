// msgflo's own test of participants, with one of ours: COMMAND says what starts it, BROKER where.
require('coffeescript/register');
const msgflo = require('msgflo');
const { testParticipant } = require('msgflo/spec/heterogenous.coffee');

const { BROKER: broker, COMMAND: command } = process.env;
const state = { commands: { Repeat: JSON.parse(command) } };

describe(broker.split(':')[0], () => {
  beforeEach((done) => {
    state.broker = msgflo.transport.getBroker(broker);
    state.broker.connect(done);
  });
  afterEach((done) => state.broker.disconnect(done));
  testParticipant(state, 'Repeat', { broker });
});
