import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * What Kafka's own classes read in frames. A line in: key, version, request and response in base64 ("-" for none).
 * A line out: {"clientId": ..., "request": ..., "unread": 0, "response": ...}. Record sets are told by their size.
 * If consumers tell each other something in it, "payloads" has it in order: {"name": ..., "version": ..., "bytes": ...,
 * "read": ...}. Some clients send bytes after the request's end, which Kafka does not look at: "unread" of them.
 */
public class FrameReader {
    public static void main(String[] args) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] words = line.split(" ");
            ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(words[0]));
            short version = Short.parseShort(words[1]);
            ObjectNode out = new ObjectNode(JsonNodeFactory.instance);
            ByteBuffer asked = ByteBuffer.wrap(Base64.getDecoder().decode(words[2]));
            RequestHeader header = RequestHeader.parse(asked);
            out.put("clientId", header.clientId());
            out.set("request", read(type.newRequest(), asked, version));
            out.put("unread", asked.remaining());
            if (!words[3].equals("-")) {
                ByteBuffer answered = ByteBuffer.wrap(Base64.getDecoder().decode(words[3]));
                ResponseHeader.parse(answered, type.responseHeaderVersion(version));
                out.set("response", read(type.newResponse(), answered, version));
                if (answered.hasRemaining()) throw new Exception(answered.remaining() + " bytes left after a " + type);
            }
            ArrayNode payloads = out.putArray("payloads");
            for (String way : List.of("request", "response"))
                if (out.has(way)) addPayloads(type, out.get(way), payloads);
            if (payloads.isEmpty()) out.remove("payloads");
            System.out.println(out);
        }
    }

    private static JsonNode read(ApiMessage message, ByteBuffer bytes, short version) throws Exception {
        message.read(new ByteBufferAccessor(bytes), version);
        return (JsonNode) Class.forName(message.getClass().getName() + "JsonConverter")
            .getMethod("write", message.getClass(), short.class, boolean.class)
            .invoke(null, message, version, false);
    }

    private static void addPayloads(ApiMessageType type, JsonNode message, ArrayNode payloads) throws Exception {
        switch (type) {
            case JOIN_GROUP -> {
                for (JsonNode each : message.path("protocols")) addPayload(true, each.get("metadata"), payloads);
                for (JsonNode each : message.path("members")) addPayload(true, each.get("metadata"), payloads);
            }
            case SYNC_GROUP -> {
                for (JsonNode each : message.path("assignments")) addPayload(false, each.get("assignment"), payloads);
                addPayload(false, message.path("assignment"), payloads);
            }
            case DESCRIBE_GROUPS -> {
                for (JsonNode group : message.path("groups")) for (JsonNode member : group.path("members")) {
                    addPayload(true, member.get("memberMetadata"), payloads);
                    addPayload(false, member.get("memberAssignment"), payloads);
                }
            }
            default -> { }
        }
    }

    private static void addPayload(boolean subscription, JsonNode node, ArrayNode payloads) throws Exception {
        byte[] bytes = node.isMissingNode() ? new byte[0] : node.binaryValue();
        if (bytes.length == 0) return;
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        short version = buffer.getShort();
        ApiMessage message = subscription ? new ConsumerProtocolSubscription() : new ConsumerProtocolAssignment();
        ObjectNode payload = payloads.addObject();
        payload.put("name", message.getClass().getSimpleName());
        payload.put("version", version);
        payload.set("bytes", node);
        payload.set("read", read(message, buffer, version));
        if (buffer.hasRemaining()) throw new Exception(buffer.remaining() + " bytes left after " + message);
    }
}
