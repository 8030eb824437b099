// The ocpp-rpc side of bench_ocpp: strict validation of every CALL and answer, no journal, no sessions.
const { RPCServer } = require('ocpp-rpc');

const server = new RPCServer({ protocols: ['ocpp1.6', 'ocpp2.0.1'], strictMode: true });
let transactions = 0;
server.auth((accept) => accept({}));
server.on('client', (client) => {
  client.handle('BootNotification', () => (
    { status: 'Accepted', interval: 300, currentTime: new Date().toISOString() }));
  client.handle('Heartbeat', () => ({ currentTime: new Date().toISOString() }));
  client.handle('StartTransaction', () => ({ transactionId: ++transactions, idTagInfo: { status: 'Accepted' } }));
  client.handle('MeterValues', () => ({}));
  client.handle('TransactionEvent', () => ({}));
});
server.listen(0, '127.0.0.1').then((http) => {
  console.log(http.address().port);
  process.stdin.on('data', () => {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpu_s: (user + system) / 1e6 }));
  });
  process.stdin.on('end', () => process.exit(0));
});
