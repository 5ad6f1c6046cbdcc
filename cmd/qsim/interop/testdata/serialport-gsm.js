// Sends a message with serialport-gsm, and says what comes in.
// Usage: node serialport-gsm.js DEVICE NUMBER TEXT
const [device, number, text] = process.argv.slice(2)
const modem = require('serialport-gsm').Modem()

const say = (word, data) => console.log(word, JSON.stringify(data))

modem.on('onNewMessage', ([message]) => {
  say('received', {sender: message.sender, message: message.message})
  modem.close(() => process.exit(0))
})
modem.on('error', (error) => {
  say('error', String(error))
  process.exit(1)
})
modem.on('open', async () => {
  const steps = {
    initialised: () => modem.initializeModem(),
    serial: () => modem.getModemSerial(),
    signal: () => modem.getNetworkSignal(),
  }
  for (const [word, step] of Object.entries(steps)) {
    say(word, (await step()).data)
  }
  modem.sendSMS(number, text, false, (result, error) => {
    if (error) {
      say('error', String(error))
      process.exit(1)
    }
    say('sent', result.data)
  })
})
modem.open(device, {
  baudRate: 115200,
  autoDeleteOnReceive: true,
  incomingCallIndication: true,
  incomingSMSIndication: true,
  logger: {debug: (...args) => console.error(...args)},
})
