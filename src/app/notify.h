/* Telling systemd how the service is (sd_notify(3)), without libsystemd. */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

/* Sends one state such as "READY=1" to $NOTIFY_SOCKET; nothing when there is none. */
void notify(const char *state);

#endif
