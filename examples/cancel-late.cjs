// A back end in CommonJS, which cancels a book that takes too long: node cancel-late.cjs <job id> <seconds>
const { createJobTracker } = require('durable-job-tracker');

async function main([jobId, seconds]) {
  const tracker = createJobTracker({ address: 'localhost:7233' });
  const job = await tracker.track({ provider: 'deepwriter', jobId });
  const late = setTimeout(() => void job.cancel({ reason: 'it takes too long' }).catch(console.error), seconds * 1000);
  const outcome = await job.result();
  clearTimeout(late);
  console.log(outcome.status);
  await tracker.close();
}

void main(process.argv.slice(2));
