"""HOW MESSAGES ARRIVE: MQTT 5 in an event loop, a client and a broker for this machine."""

from turnout.mqtt._broker import Broker as Broker
from turnout.mqtt._client import MqttClient as MqttClient
from turnout.mqtt._connect import Will as Will
from turnout.mqtt._inbox import Delivery as Delivery
from turnout.mqtt._messages import Message as Message
from turnout.mqtt._packets import Subscription as Subscription
from turnout.mqtt._properties import Properties as Properties
from turnout.mqtt._reasons import Reason as Reason
from turnout.mqtt._tls import server_tls_context as server_tls_context
from turnout.mqtt._tls import tls_context as tls_context
from turnout.mqtt._topics import check_filter as check_filter
from turnout.mqtt._topics import check_topic as check_topic
from turnout.mqtt._topics import matches as matches
