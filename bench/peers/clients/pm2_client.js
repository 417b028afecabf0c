// Times calls over one connection of pm2's own client: pm2_client.js PM2 ping|list TIMES
const [, , place, call, times] = process.argv;
const pm2 = require(place);
const calls = {
  ping: () => new Promise((done) => pm2.Client.executeRemote('getVersion', {}, done)),
  list: () => new Promise((done) => pm2.list(done)),
};

pm2.connect(async (error) => {
  if (error) throw error;
  const samples = [];
  for (let i = 0; i < Number(times) + 20; i++) {
    const begin = process.hrtime.bigint();
    await calls[call]();
    samples.push(Number(process.hrtime.bigint() - begin) / 1000);
  }
  console.log(JSON.stringify(samples.slice(20).sort((a, b) => a - b)));
  pm2.disconnect();
  process.exit(0);
});
